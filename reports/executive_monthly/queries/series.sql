-- One row per metric and month up to the reported one: the whole scope's figures.
select
    period,
    metric,
    unit,
    better,
    n,
    value,
    low,
    high,
    previous,
    previous_n,
    change,
    change_low,
    change_high,
    p_adjusted,
    same_month_last_year,
    target,
    signal,
    suppressed,
from rpt_metrics
where
    dimension = 'all'
    and period between getvariable('first_period') and getvariable('period')
order by metric, period
