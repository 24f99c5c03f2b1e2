with landed as (

    select
        *,
        from_json(
            payload,
            '{
                "status": "VARCHAR", "priority": "VARCHAR", "source": "VARCHAR",
                "requester_id": "VARCHAR", "created_at": "VARCHAR", "updated_at": "VARCHAR",
                "deleted": "VARCHAR", "spam": "VARCHAR",
                "stats": {
                    "first_responded_at": "VARCHAR", "agent_responded_at": "VARCHAR",
                    "requester_responded_at": "VARCHAR", "status_updated_at": "VARCHAR"
                }
            }'
        ) as sent
    from {{ newest_copies('freshdesk__tickets') }}

),

-- Freshdesk sends numbers for status, priority and source. Statuses of the company's own
-- (case_statuses.csv explains them), and sources without a word in channels.csv, stay the numbers
-- they are.
renamed as (

    select
        source,
        stream,
        record_id,
        record_id as ticket_id,
        sent.requester_id,
        case sent.status
            when '2' then 'open'
            when '3' then 'pending'
            when '4' then 'solved'
            when '5' then 'closed'
            else sent.status
        end as status,
        case sent.priority
            when '1' then 'low'
            when '2' then 'medium'
            when '3' then 'high'
            when '4' then 'urgent'
            else sent.priority
        end as priority,
        case
            when sent.source in ('1', '10') then 'email'
            when sent.source in ('2', '9') then 'web'
            when sent.source = '3' then 'phone'
            when sent.source = '7' then 'chat'
            else sent.source
        end as channel,
        coalesce(sent.source = '10', false) as is_outbound,
        coalesce(try_cast(sent.deleted as boolean), false)
        or coalesce(try_cast(sent.spam as boolean), false) as is_deleted,
        {{ moment_or_null('sent.created_at') }} as created_at,
        {{ moment_or_null('sent.updated_at') }} as updated_at,
        {{ moment_or_null('sent.stats.status_updated_at') }} as status_updated_at,
        {{ moment_or_null('sent.stats.first_responded_at') }} as first_responded_at,
        {{ moment_or_null('sent.stats.agent_responded_at') }} as agent_responded_at,
        {{ moment_or_null('sent.stats.requester_responded_at') }} as requester_responded_at,
        changed_at,
        extracted_at,
    from landed

)

select * from renamed
