with cases as (

    select * from {{ ref('stg_salesforce__cases') }}

),

-- A history row names a status by its label or by its API name.
status_names as (

    select
        source,
        api_name as name,
        is_closed,
        is_default,
    from {{ ref('stg_salesforce__case_statuses') }}
    union all by name
    select
        source,
        label as name,
        is_closed,
        is_default,
    from {{ ref('stg_salesforce__case_statuses') }}

),

defined as (

    select
        source,
        lower(name) as name,
        bool_or(is_closed) as is_closed,
        bool_or(is_default) as is_default,
    from status_names
    where name is not null
    group by source, lower(name)

),

history as (

    select
        history.*,
        lower(history.new_value) as name,
        defined.is_closed,
        defined.is_default,
    from {{ ref('stg_salesforce__case_history') }} as history
    left join defined
        on history.source = defined.source and lower(history.new_value) = defined.name
    where history.field = 'Status' and not history.is_deleted

),

-- Whether a status ends a case is the company's own definition; of those that do not, some names
-- say more. A case that was closed may be opened again, which the contract calls `solved`.
statuses as (

    select
        source,
        stream,
        record_id,
        case_id,
        created_at as occurred_at,
        1 as place,
        changed_at,
        extracted_at,
        'status' as event,
        user_id,
        cast(null as varchar) as role,
        cast(null as boolean) as is_public,
        case
            when is_closed then 'solved'
            when is_closed is null and name in ('closed', 'resolved', 'solved') then 'solved'
            when is_default or name = 'new' then 'new'
            when name in ('on hold', 'hold') then 'hold'
            when
                name in (
                    'pending', 'waiting on customer', 'waiting for customer', 'awaiting customer'
                )
                then 'pending'
            when is_closed is not null then 'open'
            when name in ('open', 'working', 'in progress', 'escalated') then 'open'
            else new_value
        end as value,
    from history

),

last_statuses as (

    select
        source,
        case_id,
        arg_max(value, (occurred_at, record_id)) as value,
    from statuses
    group by source, case_id

),

-- Where the history of the field Status is not tracked, the case still says when it was closed.
closings as (

    select
        cases.source,
        cases.stream,
        cases.record_id,
        cases.case_id,
        cases.closed_at as occurred_at,
        4 as place,
        cases.changed_at,
        cases.extracted_at,
        'status' as event,
        cast(null as varchar) as user_id,
        cast(null as varchar) as role,
        cast(null as boolean) as is_public,
        'solved' as value,
    from cases
    left join last_statuses
        on cases.source = last_statuses.source and cases.case_id = last_statuses.case_id
    where
        cases.is_closed
        and cases.closed_at is not null
        and last_statuses.value is distinct from 'solved'

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
    union all by name
    select * from closings

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
