-- One row per member of a dimension: its label, in the company's order.
select
    dimension,
    member,
    min(label) as label,
    min(position) as position,
from rpt_metrics
where dimension in ('journey_stage', 'touchpoint', 'channel', 'segment')
group by dimension, member
order by dimension, min(position), member
