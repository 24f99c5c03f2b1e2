-- One row per source and reason: records of the reported month that could not be used.
select
    source,
    reason,
    n,
from rpt_quarantine
where
    period = getvariable('period')
    and n > 0
order by n desc, source asc, reason asc
