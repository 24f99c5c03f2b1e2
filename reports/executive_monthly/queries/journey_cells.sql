-- One row per metric, journey stage, touchpoint and channel, `all` where one is left out.
select
    metric,
    unit,
    journey_stage,
    stage_label,
    touchpoint,
    touchpoint_label,
    channel,
    channel_label,
    position,
    n,
    value,
    low,
    high,
    volume,
    suppressed,
from rpt_journey_cells
where period = getvariable('period')
order by metric, position, journey_stage, touchpoint, channel
