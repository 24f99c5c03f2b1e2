"""From a publication to an archived edition: queries, data, charts, HTML, PDF."""
