-- One row per journey stage: how often customers were met there, and its worst touchpoint.
select
    journey_stage,
    label,
    position,
    metric,
    n,
    value,
    low,
    high,
    volume,
    interactions,
    pain_touchpoint,
    pain_label,
    pain_value,
    pain_low,
    pain_high,
    pain_n,
    suppressed,
from rpt_journey
where period = getvariable('period')
order by position, journey_stage
