{{ config(materialized='incremental', pre_hook="{{ forget_months('feedback_months') }}") }}

-- The one pass over the answers.
with answers as (

    select
        period,
        metric,
        segment,
        touchpoint,
        journey_stage,
        channel,
        is_promoter,
        is_passive,
        is_detractor,
        is_top,
        {{ exact_weight() }} as w,
        {{ value_of_answer() }} as x,
    from {{ ref('fct_feedback') }}
    where
        metric in ('nps', 'csat', 'ces')
        and {{ is_touched_month('period', 'feedback_months') }}

)

select
    period,
    metric,
    segment,
    touchpoint,
    journey_stage,
    channel,
    count(*) as n,
    sum(w * x) as sum_x,
    sum(w * x * x) as sum_xx,
    sum(w) as sum_w,
    sum(w * w) as sum_ww,
    coalesce(sum(w) filter (where is_top), 0) as successes,
    count(*) filter (where is_promoter) as promoters,
    count(*) filter (where is_passive) as passives,
    count(*) filter (where is_detractor) as detractors,
from answers
group by period, metric, segment, touchpoint, journey_stage, channel
