with landed as (

    select
        *,
        from_json(
            payload,
            '{
                "id": "VARCHAR", "stars": "VARCHAR", "title": "VARCHAR", "text": "VARCHAR",
                "language": "VARCHAR", "createdAt": "VARCHAR", "updatedAt": "VARCHAR",
                "experiencedAt": "VARCHAR", "referenceId": "VARCHAR", "source": "VARCHAR",
                "status": "VARCHAR", "reviewVerificationLevel": "VARCHAR",
                "consumer": {"id": "VARCHAR"},
                "companyReply": {"createdAt": "VARCHAR"}
            }'
        ) as sent
    from {{ newest_copies('trustpilot__reviews') }}

),

renamed as (

    select
        source,
        stream,
        record_id,
        split_part(record_id, '/', 1) as business_unit_id,
        split_part(record_id, '/', 2) as review_id,
        {{ text_or_null('sent.consumer.id') }} as consumer_id,
        {{ text_or_null('sent."referenceId"') }} as reference_id,
        {{ text_or_null('sent.stars') }} as stars,
        {{ text_or_null('sent.title') }} as title,
        {{ text_or_null('sent.text') }} as text,
        lower({{ text_or_null('sent.language') }}) as language,
        -- How the review came about: Organic, InvitationApi, ...
        {{ text_or_null('sent.source') }} as came_by,
        {{ text_or_null('sent."reviewVerificationLevel"') }} as verification_level,
        {{ text_or_null('sent.status') }} as status,
        {{ moment_or_null('sent."createdAt"') }} as created_at,
        {{ moment_or_null('sent."updatedAt"') }} as updated_at,
        {{ moment_or_null('sent."experiencedAt"') }} as experienced_at,
        {{ moment_or_null('sent."companyReply"."createdAt"') }} as replied_at,
        changed_at,
        extracted_at,
    from landed

)

select
    *,
    source || ':' || consumer_id as customer_key,
from renamed
