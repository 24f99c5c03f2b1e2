-- How companies usually name where a case came from, in the words of channels.csv.
with named as (

    select
        *,
        case
            when lower(origin) in ('web', 'web form', 'website', 'portal', 'community') then 'web'
            when lower(origin) in ('email', 'e-mail', 'mail') then 'email'
            when lower(origin) in ('phone', 'voice', 'call', 'phone call') then 'phone'
            when
                lower(origin) in ('chat', 'live chat', 'messaging', 'whatsapp', 'sms', 'web chat')
                then 'chat'
            when lower(origin) in ('app', 'mobile', 'mobile app', 'in-app') then 'app'
            when lower(origin) in ('store', 'in store', 'shop') then 'store'
            when lower(origin) in ('bot', 'chatbot', 'einstein bot', 'agentforce') then 'bot'
            else origin
        end as channel,
    from {{ ref('stg_salesforce__cases') }}

),

-- A case tells its latest closing alone.
closings as (

    select
        source,
        case_id,
    from {{ ref('base_salesforce__status_changes') }}
    where not is_from_history

)

-- The customer is the account, which is what pays; a contact without one stands for itself.
select
    cases.source,
    cases.stream,
    cases.record_id,
    cases.case_id,
    cases.created_at,
    case lower(cases.priority)
        when 'medium' then 'normal' else lower(cases.priority)
    end as priority,
    coalesce(
        accounts.customer_key,
        cases.source || ':' || coalesce(cases.account_id, contacts.account_id, cases.contact_id)
    ) as customer_key,
    cases.channel,
    cast(null as varchar) as schedule,
    cast(null as integer) as first_reply_target_minutes,
    closings.case_id is null as tells_reopenings,
    cases.is_deleted,
    cases.changed_at,
    cases.extracted_at,
from named as cases
left join {{ ref('stg_salesforce__contacts') }} as contacts
    on cases.source = contacts.source and cases.contact_id = contacts.contact_id
left join {{ ref('stg_salesforce__accounts') }} as accounts
    on
        cases.source = accounts.source
        and coalesce(cases.account_id, contacts.account_id) = accounts.account_id
left join closings on cases.source = closings.source and cases.case_id = closings.case_id
