{{ config(materialized='view') }}

select
    concat_ws('|', ratings.source, ratings.rating_id, 'rating') as comment_id,
    ratings.source,
    concat_ws('|', ratings.source, ratings.survey_id, ratings.rating_id, 'default_question')
        as feedback_id,
    ratings.ticket_id as case_id,
    ratings.feedback as text,
    contacts.language,
    ratings.created_at as written_at,
from {{ ref('stg_freshdesk__satisfaction_ratings') }} as ratings
left join {{ ref('stg_freshdesk__contacts') }} as contacts
    on ratings.source = contacts.source and ratings.user_id = contacts.contact_id
left join {{ ref('stg_freshdesk__tickets') }} as tickets
    on ratings.source = tickets.source and ratings.ticket_id = tickets.ticket_id
where ratings.feedback is not null and not coalesce(tickets.is_deleted, false)
