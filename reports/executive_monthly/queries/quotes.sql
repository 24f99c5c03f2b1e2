-- One row per quoted comment, redacted in the warehouse.
select
    theme,
    position,
    text,
    language,
    sentiment,
    score_band,
    written_on::varchar as written_on,
from rpt_quotes
where period = getvariable('period')
order by theme, position
