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
    p,
    p_adjusted,
    same_month_last_year,
    same_month_last_year_n,
    target,
    signal,
    signal_p_adjusted,
    provisional_limits,
    limit_low,
    limit_high,
    centre,
    suppressed,
from rpt_metrics
where
    dimension = 'all'
    and period between getvariable('first_period') and getvariable('period')
order by metric, period
