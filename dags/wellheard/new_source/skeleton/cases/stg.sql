with landed as (

    select
        *,
        from_json(
            payload,
            '{
                "status": "VARCHAR", "priority": "VARCHAR", "channel": "VARCHAR",
                "customer_id": "VARCHAR", "created_at": "VARCHAR",
                "history": [{
                    "at": "VARCHAR", "event": "VARCHAR", "by": "VARCHAR", "public": "BOOLEAN",
                    "value": "VARCHAR"
                }]
            }'
        ) as sent
    from {{ newest_copies('vendorname__vendorstream') }}

)

select
    source,
    stream,
    record_id,
    sent.status,
    sent.priority,
    sent.channel,
    sent.customer_id,
    sent.history,
    {{ moment_or_null('sent.created_at') }} as created_at,
    changed_at,
    extracted_at,
from landed
