-- Zendesk's automation asks once for each ticket. Where no offer is known (the events begin after
-- it, or a ticket shows its present score alone) nobody knows when the customer was asked.
with offered as (

    select
        source,
        ticket_id,
        arg_min(stream, (occurred_at, stream, record_id)) as stream,
        arg_min(record_id, (occurred_at, stream, record_id)) as record_id,
        min(occurred_at) filter (where value = 'offered') as sent_at,
        max(occurred_at) as changed_at,
        max(extracted_at) as extracted_at,
        any_value(requester_id) as requester_id,
        bool_or(value != 'offered') as is_answered,
    from {{ ref('int_ratings__zendesk') }}
    where stream != 'tickets'
    group by
        source,
        ticket_id
    having bool_or(value = 'offered')

)

select
    offered.source,
    offered.stream,
    offered.record_id,
    offered.ticket_id as invitation_id,
    'satisfaction_rating' as survey_id,
    coalesce(
        users.customer_key,
        offered.source || ':' || coalesce(tickets.requester_id, offered.requester_id)
    ) as customer_key,
    -- Of the conversation that is asked about; how the question travelled is not told.
    tickets.channel,
    case when offered.is_answered then 'answered' else 'unanswered' end as outcome,
    offered.sent_at,
    offered.changed_at,
    offered.extracted_at,
from offered
left join {{ ref('int_tickets__zendesk') }} as tickets
    on offered.source = tickets.source and offered.ticket_id = tickets.ticket_id
left join {{ ref('stg_zendesk__users') }} as users
    on
        offered.source = users.source
        and coalesce(tickets.requester_id, offered.requester_id) = users.user_id
where not coalesce(tickets.is_gone, false)
