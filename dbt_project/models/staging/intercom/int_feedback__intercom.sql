with conversations as (

    select * from {{ ref('stg_intercom__conversations') }}

),

-- A person is rated in the conversation's own rating, the AI agent in one of its own.
ratings as (

    select
        *,
        'conversation_rating' as survey_id,
        rating as value,
        rated_at as responded_at,
    from conversations
    where rating is not null

    union all by name

    select
        *,
        'ai_agent' as survey_id,
        ai_rating as value,
        ai_rated_at as responded_at,
    from conversations
    where ai_rating is not null

)

select
    ratings.source,
    ratings.stream,
    ratings.record_id,
    ratings.conversation_id as response_id,
    ratings.survey_id,
    'rating' as question_id,
    ratings.value,
    coalesce(
        contacts.customer_key,
        ratings.contact_external_id,
        ratings.source || ':' || ratings.contact_id
    ) as customer_key,
    ratings.channel,
    cast(null as varchar) as touchpoint,
    cast(null as varchar) as journey_stage,
    cast(null as varchar) as driver,
    contacts.language,
    contacts.segment,
    cast(null as varchar) as weight,
    true as is_completed,
    ratings.responded_at,
    coalesce(ratings.responded_at, ratings.updated_at) as seen_at,
    ratings.changed_at,
    ratings.extracted_at,
from ratings
left join {{ ref('stg_intercom__contacts') }} as contacts
    on ratings.source = contacts.source and ratings.contact_id = contacts.contact_id
