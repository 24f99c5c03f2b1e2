with landed as (

    select
        *,
        from_json(
            payload,
            '{
                "id": "VARCHAR",
                "attributes": {
                    "rating": "VARCHAR", "title": "VARCHAR", "body": "VARCHAR",
                    "createdDate": "VARCHAR", "territory": "VARCHAR"
                }
            }'
        ) as sent
    from {{ newest_copies('app_store__reviews') }}

),

renamed as (

    select
        source,
        stream,
        record_id,
        split_part(record_id, '/', 1) as app_id,
        coalesce(sent.id, split_part(record_id, '/', 2)) as review_id,
        {{ text_or_null('sent.attributes.rating') }} as rating,
        -- ISO 3166, three letters: where the account shops, which tells no language.
        {{ text_or_null('sent.attributes.territory') }} as territory,
        {{ text_or_null('sent.attributes.title') }} as title,
        {{ text_or_null('sent.attributes.body') }} as body,
        {{ moment_or_null('sent.attributes.createddate') }} as reviewed_at,
        changed_at,
        extracted_at,
    from landed

)

select * from renamed
