-- One row per metric and member of a dimension in the reported month; members with answers only.
select
    metric,
    dimension,
    member,
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
    target,
    signal,
    suppressed,
from rpt_metrics
where
    period = getvariable('period')
    and dimension in (
        'journey_stage', 'touchpoint', 'channel', 'segment', 'journey_stage|channel',
        'touchpoint|segment'
    )
    and (n > 0 or suppressed)
order by metric, dimension, position, member
