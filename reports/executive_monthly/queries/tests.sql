-- One row per test of the reported month whose result may be printed; those of a dimension are one
-- family of Holm's correction.
select
    dimension,
    metric,
    member,
    value,
    n,
    previous,
    previous_n,
    change,
    change_low,
    change_high,
    p,
    p_adjusted,
from rpt_metrics
where
    period = getvariable('period')
    and dimension in ('all', 'journey_stage', 'touchpoint')
    and p is not null
    and value is not null
order by dimension, p, metric, member
