with landed as (

    select
        *,
        from_json(
            payload,
            '{"responseId": "VARCHAR", "status": "VARCHAR", "sentAt": "VARCHAR"}'
        ) as sent
    from {{ source('raw', 'qualtrics__distribution_history') }}
    {{ newest_copy() }}

),

renamed as (

    select
        source,
        stream,
        record_id,
        split_part(record_id, '/', 1) as distribution_id,
        split_part(record_id, '/', 2) as contact_id,
        {{ text_or_null('sent.responseid') }} as response_id,
        sent.status,
        {{ moment_or_null('sent.sentat') }} as sent_at,
        changed_at,
        extracted_at,
    from landed

)

-- Contacts are known by Qualtrics' ids; the company's own id comes with their responses.
select
    renamed.*,
    coalesce(
        max_by(responses.external_id, responses.recorded_at)
            over (partition by renamed.source, renamed.contact_id),
        renamed.source || ':' || renamed.contact_id
    ) as customer_key,
from renamed
left join {{ ref('stg_qualtrics__responses') }} as responses
    on
        renamed.source = responses.source
        and renamed.response_id = responses.response_id
        and responses.external_id is not null
