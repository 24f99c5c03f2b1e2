{{ config(
    materialized='incremental',
    pre_hook="{{ forget_answers() }}",
    post_hook="{{ note_months_of_answers() }}",
) }}

with answers as (

    select feedback.*
    from {{ ref('feedback') }} as feedback
    {{ only_touched('feedback', 'answers', keys_of('feedback')) }}

)

select
    feedback.feedback_id,
    feedback.response_id,
    feedback.source,
    feedback.survey_id,
    feedback.question_id,
    feedback.customer_key,
    {{ period_of('feedback.responded_at') }} as period,
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
from answers as feedback
left join {{ ref('dim_customers') }} as customers
    on feedback.customer_key = customers.customer_key
left join {{ source('raw', 'sources') }} as sources on feedback.source = sources.source
where {{ is_in_history('feedback.responded_at') }}
