with comments as (

    select
        comments.*,
        marks.language as written_in,
        marks.sentiment,
        marks.sentiment_score,
        marks.themes,
    from {{ ref('comments') }} as comments
    inner join {{ ref('int_comment_marks') }} as marks on comments.comment_id = marks.comment_id

),

-- A comment counts in the month of the answer it explains.
scored as (

    select
        comments.*,
        feedback.metric,
        feedback.score,
        feedback.weight,
        feedback.is_promoter,
        feedback.is_detractor,
        feedback.is_top,
        coalesce(feedback.customer_hash, feedback.response_hash) as respondent_hash,
        coalesce(feedback.segment, customers.segment) as segment,
        coalesce(feedback.responded_at, comments.written_at) as counted_at,
    from comments
    left join {{ ref('fct_feedback') }} as feedback
        on comments.feedback_id = feedback.feedback_id
    left join {{ ref('dim_customers') }} as customers
        on comments.customer_key = customers.customer_key

)

select
    scored.comment_id,
    scored.source,
    scored.feedback_id,
    scored.case_id,
    scored.customer_key,
    scored.respondent_hash,
    {{ period_of('scored.counted_at') }} as period,
    scored.segment,
    scored.metric,
    case
        when scored.metric = 'nps' and scored.is_promoter then 'promoter'
        when scored.metric = 'nps' and scored.is_detractor then 'detractor'
        when scored.metric = 'nps' then 'passive'
        when scored.metric = 'csat' and scored.is_top then 'satisfied'
        when scored.metric = 'csat' then 'dissatisfied'
    end as score_band,
    scored.text,
    scored.written_in as language,
    scored.sentiment,
    scored.themes,
    scored.redactions,
    scored.score,
    scored.weight,
    scored.sentiment_score,
    scored.counted_at as written_at,
from scored
left join {{ source('raw', 'sources') }} as sources on scored.source = sources.source
where scored.counted_at is not null and {{ is_in_history('scored.counted_at') }}
