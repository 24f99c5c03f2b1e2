{{ config(materialized='view') }}

-- How Zendesk names the way a ticket came in, in the words of channels.csv.
with named as (

    select
        *,
        case
            when via_channel in ('web', 'web_widget', 'help_center', 'web_form') then 'web'
            when via_channel in ('email', 'mail') then 'email'
            when via_channel in ('voice', 'phone', 'phone_call') then 'phone'
            when via_channel in ('chat', 'native_messaging', 'whatsapp', 'sms') then 'chat'
            when via_channel in ('mobile', 'mobile_sdk') then 'app'
            when starts_with(via_channel, 'answer_bot') then 'bot'
            else via_channel
        end as channel,
    from {{ ref('stg_zendesk__tickets') }}

)

select
    tickets.source,
    tickets.stream,
    tickets.record_id,
    tickets.ticket_id as case_id,
    tickets.created_at,
    tickets.priority,
    coalesce(
        users.customer_key,
        tickets.source || ':' || tickets.requester_id
    ) as customer_key,
    tickets.channel,
    -- A customer's own schedule comes before the priority's.
    users.schedule,
    cast(null as integer) as first_reply_target_minutes,
    coalesce(tickets.status = 'deleted', false) as is_deleted,
    tickets.changed_at,
    tickets.extracted_at,
from named as tickets
left join {{ ref('stg_zendesk__users') }} as users
    on tickets.source = users.source and tickets.requester_id = users.user_id
