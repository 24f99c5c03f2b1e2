-- What is known of a case's statuses: each change in its history, and where that does not end with
-- the case's closing (Status is not tracked, or was not then), the closing the case itself tells.
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
        user_id,
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
        cast(null as varchar) as user_id,
        'solved' as value,
    from cases
    left join last_statuses
        on cases.source = last_statuses.source and cases.case_id = last_statuses.case_id
    where
        cases.is_closed
        and cases.closed_at is not null
        and last_statuses.value is distinct from 'solved'

)

select
    *,
    true as is_from_history,
from statuses
union all by name
select
    *,
    false as is_from_history,
from closings
