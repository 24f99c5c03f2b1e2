with landed as (

    select
        *,
        from_json(
            payload,
            '{"conversation_parts": {"conversation_parts": [{
                "id": "VARCHAR", "part_type": "VARCHAR", "body": "VARCHAR",
                "created_at": "VARCHAR",
                "author": {
                    "type": "VARCHAR", "id": "VARCHAR", "email": "VARCHAR",
                    "from_ai_agent": "VARCHAR"
                }
            }]}}'
        ).conversation_parts.conversation_parts as parts
    from {{ source('raw', 'intercom__conversations') }}
    {{ newest_copy() }}

),

unfolded as (

    select
        * exclude (parts),
        unnest(parts) as part,
        generate_subscripts(parts, 1) as position,
    from landed

),

-- Neither words nor addresses are kept: whether there are words, and whether the address is that of
-- the workspace's own bot, is all that is asked of them.
renamed as (

    select
        source,
        stream,
        record_id,
        position,
        record_id as conversation_id,
        part.id as part_id,
        part.part_type,
        part.author.type as author_type,
        part.author.id as author_id,
        coalesce(try_cast(part.author.from_ai_agent as boolean), false)
        or coalesce(part.author.email like 'operator+%@intercom.io', false) as is_from_bot,
        {{ text_or_null('part.body') }} is not null as has_words,
        {{ seconds_or_null('part.created_at') }} as created_at,
        changed_at,
        extracted_at,
    from unfolded

)

select * from renamed
