-- One row per source: what it brought in the reported month and how far it reaches.
select
    source,
    kind,
    records,
    quarantined,
    watermark,
    covers_period,
from rpt_sources
where period = getvariable('period')
order by source
