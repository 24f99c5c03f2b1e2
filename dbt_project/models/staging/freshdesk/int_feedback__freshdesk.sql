with answers as (

    select
        *,
        unnest(json_keys(ratings)) as question_id,
    from {{ ref('stg_freshdesk__satisfaction_ratings') }}

),

sent as (

    select
        *,
        {{ text_or_null("ratings ->> ('$.\"' || question_id || '\"')") }} as number,
    from answers

)

-- The score is the place of the vendor's number among those the survey accepts, 1 the unhappiest:
-- 1-3, 1-5 or 1-7, as survey_questions.csv declares it. A number the survey does not accept, or
-- of a survey nobody knows, stays as sent (around 100) and is found off every scale.
select
    sent.source,
    sent.stream,
    sent.record_id,
    sent.rating_id as response_id,
    sent.survey_id,
    sent.question_id,
    coalesce(
        cast(
            nullif(list_position(surveys.accepted_ratings, try_cast(sent.number as integer)), 0)
            as varchar
        ),
        sent.number
    ) as value,
    coalesce(contacts.customer_key, sent.source || ':' || sent.user_id) as customer_key,
    tickets.channel,
    cast(null as varchar) as touchpoint,
    cast(null as varchar) as journey_stage,
    cast(null as varchar) as driver,
    contacts.language,
    contacts.segment,
    cast(null as varchar) as weight,
    true as is_completed,
    sent.created_at as responded_at,
    sent.created_at as seen_at,
    sent.changed_at,
    sent.extracted_at,
from sent
left join {{ ref('stg_freshdesk__surveys') }} as surveys
    on
        sent.source = surveys.source
        and sent.survey_id = surveys.survey_id
        and sent.question_id = surveys.question_id
left join {{ ref('stg_freshdesk__contacts') }} as contacts
    on sent.source = contacts.source and sent.user_id = contacts.contact_id
left join {{ ref('stg_freshdesk__tickets') }} as tickets
    on sent.source = tickets.source and sent.ticket_id = tickets.ticket_id
