with landed as (

    select
        *,
        from_json(
            payload,
            '{
                "created_at": "VARCHAR", "updated_at": "VARCHAR", "state": "VARCHAR",
                "priority": "VARCHAR", "ai_agent_participated": "VARCHAR",
                "source": {
                    "type": "VARCHAR", "delivered_as": "VARCHAR",
                    "author": {"type": "VARCHAR", "id": "VARCHAR"}
                },
                "contacts": {"contacts": [{"id": "VARCHAR", "external_id": "VARCHAR"}]},
                "statistics": {"first_admin_reply_at": "VARCHAR", "last_close_at": "VARCHAR"},
                "conversation_parts": {"total_count": "VARCHAR", "conversation_parts": ["JSON"]},
                "conversation_rating": {
                    "rating": "VARCHAR", "remark": "VARCHAR", "created_at": "VARCHAR",
                    "updated_at": "VARCHAR"
                },
                "ai_agent": {
                    "rating": "VARCHAR", "rating_remark": "VARCHAR", "created_at": "VARCHAR",
                    "updated_at": "VARCHAR"
                }
            }'
        ) as sent
    from {{ newest_copies('intercom__conversations') }}

),

-- `operator_initiated` is begun by a custom bot; `automated` is a campaign and says nothing about
-- who answers. A conversation a bot or the AI agent had a part in keeps `bot`, whoever took over.
renamed as (

    select
        source,
        stream,
        record_id,
        record_id as conversation_id,
        sent.contacts.contacts[1].id as contact_id,
        {{ text_or_null('sent.contacts.contacts[1].external_id') }} as contact_external_id,
        sent.priority,
        case sent.state
            when 'closed' then 'solved'
            when 'snoozed' then 'pending'
            else sent.state
        end as status,
        case
            when coalesce(try_cast(sent.ai_agent_participated as boolean), false) then 'bot'
            when sent.source.delivered_as = 'operator_initiated' then 'bot'
            when sent.source.author.type = 'bot' then 'bot'
            when sent.source.type in ('conversation', 'sms', 'whatsapp') then 'chat'
            when sent.source.type in ('phone_call', 'phone_switch') then 'phone'
            when sent.source.type = 'push' then 'app'
            else sent.source.type
        end as channel,
        sent.source.author.type as author_type,
        sent.source.author.id as author_id,
        {{ number_or_null('sent.conversation_parts.total_count') }}
        > coalesce(len(sent.conversation_parts.conversation_parts), 0)
        or sent.conversation_parts.conversation_parts is null as lacks_parts,
        {{ text_or_null('sent.conversation_rating.rating') }} as rating,
        {{ text_or_null('sent.conversation_rating.remark') }} as remark,
        {{ seconds_or_null('sent.conversation_rating.created_at') }} as rating_requested_at,
        coalesce(
            {{ seconds_or_null('sent.conversation_rating.updated_at') }},
            {{ seconds_or_null('sent.conversation_rating.created_at') }}
        ) as rated_at,
        {{ text_or_null('sent.ai_agent.rating') }} as ai_rating,
        {{ text_or_null('sent.ai_agent.rating_remark') }} as ai_remark,
        coalesce(
            {{ seconds_or_null('sent.ai_agent.updated_at') }},
            {{ seconds_or_null('sent.ai_agent.created_at') }}
        ) as ai_rated_at,
        {{ seconds_or_null('sent.statistics.first_admin_reply_at') }} as first_admin_reply_at,
        {{ seconds_or_null('sent.statistics.last_close_at') }} as last_close_at,
        {{ seconds_or_null('sent.created_at') }} as created_at,
        {{ seconds_or_null('sent.updated_at') }} as updated_at,
        changed_at,
        extracted_at,
    from landed

)

select * from renamed
