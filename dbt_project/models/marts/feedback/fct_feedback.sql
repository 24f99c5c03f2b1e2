{{ config(materialized='view') }}

-- The rows stand in int_feedback_judged: to join the few customers costs less than to write each
-- answer once more. What asks the calendar is reckoned of the sources, not of each answer.
with histories as (

    select
        source,
        {{ history_begins_at() }} as begins_at,
    from {{ source('raw', 'sources') }} as sources
    where kind != 'file'

)

select
    feedback.feedback_id,
    feedback.response_id,
    feedback.source,
    feedback.survey_id,
    feedback.question_id,
    feedback.customer_key,
    feedback.period,
    feedback.metric,
    feedback.channel,
    feedback.touchpoint,
    feedback.journey_stage,
    feedback.driver,
    feedback.language,
    coalesce(feedback.segment, customers.segment) as segment,
    feedback.score,
    feedback.scale_min,
    feedback.scale_max,
    feedback.top_from,
    feedback.weight,
    feedback.metric = 'nps' and {{ is_promoter('feedback.score') }} as is_promoter,
    feedback.metric = 'nps' and {{ is_passive('feedback.score') }} as is_passive,
    feedback.metric = 'nps' and {{ is_detractor('feedback.score') }} as is_detractor,
    coalesce({{ is_top('feedback.score', 'feedback.top_from') }}, false) as is_top,
    feedback.responded_at,
    feedback.feedback_hash,
    feedback.response_hash,
    feedback.customer_hash,
from {{ ref('feedback') }} as feedback
left join {{ ref('dim_customers') }} as customers
    on feedback.customer_hash = customers.customer_hash
anti join histories
    on feedback.source = histories.source and feedback.responded_at < histories.begins_at
