-- One row per month that has any survey answer or case.
select distinct period
from rpt_metrics
where
    dimension = 'all'
    and (n > 0 or suppressed)
order by period
