-- One row per metric, dimension and member: its part of the change since the month before.
select
    metric,
    dimension,
    member,
    label,
    position,
    share_before,
    share_now,
    value_before,
    value_now,
    mix_effect,
    within_effect,
    total_effect,
    change,
    n_before,
    n_now,
    suppressed,
from rpt_movement
where period = getvariable('period')
order by metric, dimension, position, member
