{{ config(materialized='view') }}

-- The last status the events tell, which may be newer than the ticket's own copy.
with statuses as (

    select
        source,
        ticket_id,
        arg_max(status, (occurred_at, audit_id, position)) as status,
        max(occurred_at) as occurred_at,
    from {{ ref('stg_zendesk__ticket_events') }}
    where status is not null
    group by
        source,
        ticket_id

)

select
    tickets.*,
    -- How Zendesk names the way a ticket came in, in the words of channels.csv. A conversation that
    -- a bot began stays the bot's, whatever messenger it was held in.
    case
        when
            starts_with(tickets.via_channel, 'answer_bot')
            or starts_with(tickets.via_relation, 'answer_bot')
            or tickets.via_relation in ('zendesk_bot', 'bot')
            then 'bot'
        when tickets.via_channel in ('web', 'web_widget', 'help_center', 'web_form') then 'web'
        when tickets.via_channel in ('email', 'mail') then 'email'
        when tickets.via_channel in ('voice', 'phone', 'phone_call') then 'phone'
        when
            tickets.via_channel in (
                'chat', 'native_messaging', 'whatsapp', 'sms', 'line', 'wechat', 'telegram',
                'instagram_dm', 'apple_business_chat', 'facebook_messenger'
            )
            or starts_with(tickets.via_channel, 'sunshine_conversations')
            then 'chat'
        when tickets.via_channel in ('mobile', 'mobile_sdk') then 'app'
        else tickets.via_channel
    end as channel,
    -- A ticket merged into another is the same conversation a second time.
    coalesce(
        tickets.status = 'deleted'
        or tickets.is_scrubbed
        or tickets.is_merged
        or (statuses.status = 'deleted' and statuses.occurred_at > tickets.changed_at),
        false
    ) as is_gone,
from {{ ref('stg_zendesk__tickets') }} as tickets
left join statuses
    on tickets.source = statuses.source and tickets.ticket_id = statuses.ticket_id
