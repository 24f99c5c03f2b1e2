{{ config(materialized='incremental', pre_hook="{{ forget_months('feedback_months') }}") }}

with answers as (

    select
        source,
        survey_id,
        segment,
        period,
        metric,
        scale_min,
        scale_max,
        coalesce(is_top, false) as is_top,
        {{ exact_weight() }} as w,
        {{ value_of_answer() }} as x,
    from {{ ref('fct_feedback') }}
    where
        metric in ('nps', 'csat', 'ces')
        and survey_id is not null
        and {{ is_touched_month('period', 'feedback_months') }}

)

select
    period,
    source,
    survey_id,
    segment,
    metric,
    count(*) as n,
    cast(sum(x) as double) as plain_x,
    count(*) filter (where is_top) as plain_successes,
    cast(sum(w * x) as double) as sum_x,
    cast(sum(w * x * x) as double) as sum_xx,
    cast(sum(w) as double) as sum_w,
    cast(sum(w * w) as double) as sum_ww,
    cast(coalesce(sum(w) filter (where is_top), 0) as double) as successes,
    min(scale_min) as scale_min,
    max(scale_max) as scale_max,
from answers
group by period, source, survey_id, segment, metric
