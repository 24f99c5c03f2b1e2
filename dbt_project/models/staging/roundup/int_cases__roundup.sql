with messages_of_issues as (

    select
        source,
        issue_id,
        unnest(message_ids) as message_id,
    from {{ ref('stg_roundup__issues') }}

),

-- An issue came in the way its first message did.
first_messages as (

    select
        issues.source,
        issues.issue_id,
        messages.is_mail,
    from messages_of_issues as issues
    inner join {{ ref('stg_roundup__messages') }} as messages
        on issues.source = messages.source and issues.message_id = messages.message_id
    qualify row_number() over (
        partition by issues.source, issues.issue_id
        order by messages.written_at, try_cast(messages.message_id as bigint)
    ) = 1

)

select
    issues.source,
    issues.stream,
    issues.record_id,
    issues.issue_id as case_id,
    issues.created_at,
    issues.priority,
    -- What staff entered for somebody does not say for whom.
    case
        when coalesce(users.role, '') != 'agent' then issues.source || ':' || issues.creator_id
    end as customer_key,
    case
        when first_messages.is_mail then 'email'
        when not first_messages.is_mail then 'web'
    end as channel,
    cast(null as varchar) as schedule,
    cast(null as integer) as first_reply_target_minutes,
    -- What is retired in Roundup is not shown any more; nothing tells that it was.
    false as is_deleted,
    issues.changed_at,
    issues.extracted_at,
from {{ ref('stg_roundup__issues') }} as issues
left join {{ ref('stg_roundup__users') }} as users
    on issues.source = users.source and issues.creator_id = users.user_id
left join first_messages
    on issues.source = first_messages.source and issues.issue_id = first_messages.issue_id
