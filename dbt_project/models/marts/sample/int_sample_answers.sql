select
    period,
    source,
    survey_id,
    segment,
    metric,
    cast(sum(n) as bigint) as n,
    cast(sum(plain_x) as double) as plain_x,
    cast(sum(plain_successes) as bigint) as plain_successes,
    cast(sum(sum_x) as double) as sum_x,
    cast(sum(sum_xx) as double) as sum_xx,
    cast(sum(sum_w) as double) as sum_w,
    cast(sum(sum_ww) as double) as sum_ww,
    cast(sum(successes) as double) as successes,
    min(scale_min) as scale_min,
    max(scale_max) as scale_max,
from {{ ref('int_feedback_sums') }}
where metric in ('nps', 'csat', 'ces') and survey_id is not null
group by period, source, survey_id, segment, metric
