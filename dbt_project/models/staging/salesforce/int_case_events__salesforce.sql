with cases as (

    select * from {{ ref('stg_salesforce__cases') }}

),

statuses as (

    select
        * exclude (is_from_history),
        'status' as event,
        cast(null as varchar) as role,
        cast(null as boolean) as is_public,
    from {{ ref('base_salesforce__status_changes') }}

),

comments as (

    select
        source,
        stream,
        record_id,
        case_id,
        created_at as occurred_at,
        3 as place,
        changed_at,
        extracted_at,
        'comment' as event,
        user_id,
        cast(null as varchar) as role,
        is_published as is_public,
        cast(null as varchar) as value,
    from {{ ref('stg_salesforce__case_comments') }}
    where not is_deleted

),

-- A draft is no reply, what is forwarded goes to somebody else, and some e-mails are of no case.
emails as (

    select
        source,
        stream,
        record_id,
        case_id,
        sent_at as occurred_at,
        2 as place,
        changed_at,
        extracted_at,
        'comment' as event,
        user_id,
        case when is_incoming then 'customer' end as role,
        is_incoming or coalesce(status, '') != '4' as is_public,
        cast(null as varchar) as value,
    from {{ ref('stg_salesforce__emails') }}
    where not is_deleted and coalesce(status, '') != '5' and case_id is not null

),

created as (

    select
        source,
        stream,
        record_id,
        case_id,
        created_at as occurred_at,
        0 as place,
        changed_at,
        extracted_at,
        'created' as event,
        cast(null as varchar) as user_id,
        cast(null as varchar) as role,
        true as is_public,
        cast(null as varchar) as value,
    from cases

),

everything as (

    select * from created
    union all by name
    select * from statuses
    union all by name
    select * from emails
    union all by name
    select * from comments

)

select
    everything.source,
    everything.stream,
    everything.record_id,
    concat_ws('|', everything.source, everything.stream, everything.record_id, everything.event)
        as case_event_id,
    everything.case_id,
    everything.occurred_at,
    row_number() over (
        partition by everything.source, everything.case_id
        order by everything.occurred_at, everything.place, everything.record_id
    ) as sequence,
    everything.event,
    coalesce(
        everything.role,
        case
            when users.user_type = 'Standard' then 'agent'
            when users.user_type in ('AutomatedProcess', 'CloudIntegrationUser') then 'system'
            when
                users.user_type in (
                    'CspLitePortal', 'CustomerSuccess', 'PowerCustomerSuccess', 'PowerPartner',
                    'SelfService', 'Guest'
                )
                then 'customer'
        end
    ) as actor_role,
    everything.is_public,
    everything.value,
    everything.changed_at,
    everything.extracted_at,
from everything
left join {{ ref('stg_salesforce__users') }} as users
    on everything.source = users.source and everything.user_id = users.user_id
