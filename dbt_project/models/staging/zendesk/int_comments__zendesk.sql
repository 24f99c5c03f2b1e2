{{ config(materialized='view') }}

-- A ticket's rating as the list of ratings has it: the one given last.
with listed as (

    select
        source,
        ticket_id,
        comment,
        updated_at,
    from {{ ref('stg_zendesk__satisfaction_ratings') }}
    where score not in ('offered', 'unoffered')
    qualify row_number() over (
        partition by source, ticket_id
        order by updated_at desc, record_id desc
    ) = 1

),

rated as (

    select
        source,
        ticket_id,
        max(occurred_at) as rated_at,
    from {{ ref('int_ratings__zendesk') }}
    where value != 'offered'
    group by source, ticket_id

)

select
    concat_ws('|', tickets.source, tickets.ticket_id, 'rating') as comment_id,
    tickets.source,
    cast(null as varchar) as feedback_id,
    tickets.ticket_id as case_id,
    coalesce(listed.comment, tickets.satisfaction_comment) as text,
    cast(null as varchar) as language,
    coalesce(
        case when listed.comment is not null then listed.updated_at end,
        rated.rated_at,
        tickets.updated_at
    ) as written_at,
from {{ ref('int_tickets__zendesk') }} as tickets
left join listed
    on tickets.source = listed.source and tickets.ticket_id = listed.ticket_id
left join rated
    on tickets.source = rated.source and tickets.ticket_id = rated.ticket_id
where
    coalesce(listed.comment, tickets.satisfaction_comment) is not null
    and not tickets.is_gone
