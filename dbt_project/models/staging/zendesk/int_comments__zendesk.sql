{{ config(materialized='view') }}

with rated as (

    select
        source,
        ticket_id,
        max(occurred_at) as rated_at,
    from {{ ref('stg_zendesk__ticket_events') }}
    where starts_with(satisfaction_score, 'good') or starts_with(satisfaction_score, 'bad')
    group by source, ticket_id

)

select
    concat_ws('|', tickets.source, tickets.ticket_id, 'rating') as comment_id,
    tickets.source,
    cast(null as varchar) as feedback_id,
    tickets.ticket_id as case_id,
    tickets.satisfaction_comment as text,
    cast(null as varchar) as language,
    coalesce(rated.rated_at, tickets.updated_at) as written_at,
from {{ ref('stg_zendesk__tickets') }} as tickets
left join rated
    on tickets.source = rated.source and tickets.ticket_id = rated.ticket_id
where tickets.satisfaction_comment is not null and tickets.status != 'deleted'
