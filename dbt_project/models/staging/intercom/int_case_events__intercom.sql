with conversations as (

    select * from {{ ref('stg_intercom__conversations') }}

),

admins as (

    select * from {{ ref('stg_intercom__admins') }}

),

-- Bots and campaigns may write in an admin's or a team's name.
parts as (

    select
        parts.*,
        case
            when parts.author_type in ('user', 'lead', 'contact', 'visitor') then 'customer'
            when parts.author_type = 'bot' or parts.is_from_bot or admins.is_bot then 'bot'
            when parts.author_type = 'admin' then 'agent'
            when parts.author_type = 'team' then 'system'
            else parts.author_type
        end as actor_role,
    from {{ ref('base_intercom__conversation_parts') }} as parts
    left join admins
        on parts.source = admins.source and parts.author_id = admins.admin_id

),

created as (

    select
        conversations.source,
        conversations.stream,
        conversations.record_id,
        conversations.conversation_id,
        conversations.created_at as occurred_at,
        conversations.extracted_at,
        'created' as event,
        'created' as part,
        0 as place,
        0 as position,
        case
            when conversations.author_type in ('user', 'lead', 'contact', 'visitor')
                then 'customer'
            when conversations.author_type = 'bot' or admins.is_bot then 'bot'
            when conversations.author_type = 'admin' then 'agent'
            when conversations.author_type = 'team' then 'system'
            else conversations.author_type
        end as actor_role,
        true as is_public,
    from conversations
    left join admins
        on
            conversations.source = admins.source
            and conversations.author_id = admins.admin_id

),

-- A note is for colleagues, and so may be what is written with an assignment.
comments as (

    select
        source,
        stream,
        record_id,
        conversation_id,
        created_at as occurred_at,
        extracted_at,
        'comment' as event,
        concat_ws('|', part_id, 'comment') as part,
        1 as place,
        position,
        actor_role,
        part_type in ('comment', 'quick_reply', 'open', 'close') as is_public,
    from parts
    where
        part_type in ('comment', 'quick_reply', 'note', 'note_and_reopen')
        or (has_words and part_type in ('open', 'close', 'assignment', 'away_mode_assignment'))

),

-- Of a conversation that shows only its latest 500 parts, or none: the first reply as counted.
first_replies as (

    select
        conversations.source,
        conversations.stream,
        conversations.record_id,
        conversations.conversation_id,
        conversations.first_admin_reply_at as occurred_at,
        conversations.extracted_at,
        'comment' as event,
        'first reply' as part,
        1 as place,
        0 as position,
        'agent' as actor_role,
        true as is_public,
    from conversations
    anti join comments
        on
            conversations.source = comments.source
            and conversations.conversation_id = comments.conversation_id
            and comments.actor_role = 'agent'
            and comments.is_public
            and conversations.first_admin_reply_at >= comments.occurred_at
    where conversations.lacks_parts and conversations.first_admin_reply_at is not null

),

-- A closed conversation is solved: what the customer writes next opens it again. A snoozed one
-- waits, for the customer or for the clock.
statuses as (

    select
        source,
        stream,
        record_id,
        conversation_id,
        created_at as occurred_at,
        extracted_at,
        'status' as event,
        concat_ws('|', part_id, 'status') as part,
        2 as place,
        position,
        actor_role,
        case part_type
            when 'close' then 'solved'
            when 'snoozed' then 'pending'
            else 'open'
        end as value,
    from parts
    where
        part_type in (
            'open', 'close', 'snoozed', 'unsnoozed', 'timer_unsnooze', 'note_and_reopen'
        )

),

latest as (

    select
        source,
        conversation_id,
        max(occurred_at) as occurred_at,
        arg_max(value, (occurred_at, position)) as status,
    from statuses
    group by
        source,
        conversation_id

),

-- The state a conversation is in, where its parts do not say so.
current_status as (

    select
        conversations.source,
        conversations.stream,
        conversations.record_id,
        conversations.conversation_id,
        case
            when latest.status is null and conversations.status = 'open'
                then conversations.created_at
            when conversations.status = 'solved'
                then greatest(
                    coalesce(conversations.last_close_at, conversations.updated_at),
                    latest.occurred_at
                )
            else greatest(conversations.updated_at, latest.occurred_at)
        end as occurred_at,
        conversations.extracted_at,
        'status' as event,
        'current' as part,
        3 as place,
        0 as position,
        conversations.status as value,
    from conversations
    left join latest
        on
            conversations.source = latest.source
            and conversations.conversation_id = latest.conversation_id
    where
        conversations.status is not null
        and conversations.status is distinct from latest.status

),

-- Four and five are what Intercom counts as satisfied; three is rated, and not good. What is off
-- the scale is no rating: the answer is in quarantine.
ratings as (

    select
        source,
        stream,
        record_id,
        conversation_id,
        rated_at as occurred_at,
        extracted_at,
        'satisfaction' as event,
        'satisfaction' as part,
        4 as place,
        0 as position,
        case when rating is not null then 'customer' end as actor_role,
        case
            when rating is null then 'offered'
            when rating in ('4', '5') then 'good'
            else 'bad'
        end as value,
    from conversations
    where
        rating in ('1', '2', '3', '4', '5')
        or (rating is null and rating_requested_at is not null)

),

everything as (

    select * from created
    union all by name
    select * from comments
    union all by name
    select * from first_replies
    union all by name
    select * from statuses
    union all by name
    select * from current_status
    union all by name
    select * from ratings

)

select
    source,
    stream,
    record_id,
    concat_ws('|', source, stream, record_id, part) as case_event_id,
    conversation_id as case_id,
    occurred_at,
    row_number() over (
        partition by source, conversation_id
        order by
            occurred_at,
            case when place = 0 then 0 when position > 0 or part = 'first reply' then 1 else 2 end,
            position,
            place,
            part
    ) as sequence,
    event,
    actor_role,
    is_public,
    value,
    extracted_at,
from everything
