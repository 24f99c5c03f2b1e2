with landed as (

    select
        *,
        from_json(payload, '{"id": "VARCHAR", "roles": "VARCHAR"}') as sent
    from {{ source('raw', 'roundup__users') }}
    {{ newest_copy() }}

),

-- Whoever writes to a tracker gets the role User. Another role, or an issue to work on, is staff's.
assigned as (

    select distinct
        source,
        assigned_id,
    from {{ ref('stg_roundup__issues') }}
    where assigned_id is not null

),

roles as (

    select
        *,
        list_filter(
            string_split(lower({{ text_or_null('sent.roles') }}), ','),
            lambda role: trim(role) not in ('', 'user', 'anonymous')
        ) as further_roles,
    from landed

)

select
    roles.source,
    roles.stream,
    roles.record_id,
    roles.record_id as user_id,
    roles.source || ':' || roles.record_id as customer_key,
    -- Null where the account may not see the roles of others.
    case
        when assigned.assigned_id is not null or len(roles.further_roles) > 0 then 'agent'
        when roles.further_roles is not null then 'customer'
    end as role,
    roles.changed_at,
    roles.extracted_at,
from roles
left join assigned
    on roles.source = assigned.source and roles.record_id = assigned.assigned_id
