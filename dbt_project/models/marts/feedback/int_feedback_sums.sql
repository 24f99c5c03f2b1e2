{{ config(materialized='incremental', pre_hook="{{ forget_months('feedback_months') }}") }}

-- The one pass over the answers. Those of metrics without a score of their own (ratings, of which
-- drivers are reckoned) are counted alone.
with answers as (

    select
        *,
        {{ exact_weight() }} as w,
        {{ value_of_answer() }} as x,
    from {{ ref('fct_feedback') }}
    where {{ is_touched_month('period', 'feedback_months') }}

)

select
    period,
    source,
    survey_id,
    metric,
    driver,
    scale_min,
    scale_max,
    segment,
    touchpoint,
    journey_stage,
    channel,
    count(*) as n,
    sum(x) as plain_x,
    count(*) filter (where is_top) as plain_successes,
    sum(w * x) as sum_x,
    sum(w * x * x) as sum_xx,
    sum(w) as sum_w,
    sum(w * w) as sum_ww,
    coalesce(sum(w) filter (where is_top), 0) as successes,
    count(*) filter (where is_promoter) as promoters,
    count(*) filter (where is_passive) as passives,
    count(*) filter (where is_detractor) as detractors,
from answers
group by all
