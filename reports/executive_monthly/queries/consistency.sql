-- One row per metric, journey stage and pair of channels: whether they serve customers alike.
select
    months,
    metric,
    journey_stage,
    label,
    position,
    channel_a,
    channel_b,
    channel_a_label,
    channel_b_label,
    n_a,
    n_b,
    difference,
    low90,
    high90,
    margin,
    p_equivalent,
    p_different_adjusted,
    verdict,
    suppressed,
from rpt_consistency
where period = getvariable('period')
order by metric, position, journey_stage, channel_a, channel_b
