-- One row per metric: what it is called and how it is defined.
select
    metric,
    label,
    unit,
    better,
    definition,
    definition_source,
from rpt_metric_catalogue
order by position, metric
