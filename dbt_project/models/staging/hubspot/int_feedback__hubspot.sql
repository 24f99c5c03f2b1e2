with submissions as (

    select
        *,
        -- How HubSpot names the way a survey was put, in the words of channels.csv.
        case upper(survey_channel)
            when 'EMAIL' then 'email'
            when 'WEB' then 'web'
            when 'WEB_PAGE' then 'web'
            when 'CHAT' then 'chat'
            else survey_channel
        end as channel,
    from {{ ref('stg_hubspot__feedback_submissions') }}

),

-- The survey's own question is known by its type (nps, csat, ces, custom).
answers as (

    select
        * exclude (value),
        coalesce(lower(survey_type), 'hs_value') as question_id,
        value,
    from submissions
    union all by name
    select
        * exclude (value, question),
        question as question_id,
        {{ text_or_null("json_extract_string(properties, '$.\"' || question || '\"')") }} as value,
    from (
        select
            *,
            unnest(further_questions) as question,
        from submissions
    ) as asked

)

select
    answers.source,
    answers.stream,
    answers.record_id,
    answers.submission_id as response_id,
    answers.survey_id,
    answers.question_id,
    -- A deleted answer is withdrawn.
    case when not answers.is_deleted then answers.value end as value,
    case
        when answers.contact_id is not null
            then coalesce(
                customers.customer_key, answers.source || ':contact:' || answers.contact_id
            )
    end as customer_key,
    answers.channel,
    cast(null as varchar) as touchpoint,
    cast(null as varchar) as journey_stage,
    cast(null as varchar) as driver,
    customers.language,
    cast(null as varchar) as segment,
    cast(null as varchar) as weight,
    true as is_completed,
    coalesce(answers.submitted_at, answers.created_at) as responded_at,
    coalesce(answers.submitted_at, answers.created_at, answers.changed_at) as seen_at,
    answers.changed_at,
    answers.extracted_at,
from answers
left join {{ ref('stg_hubspot__contacts') }} as customers
    on answers.source = customers.source and answers.contact_id = customers.contact_id
