{{ config(materialized='view') }}

-- In an increment, the records that landed since (macros/landed_since.sql).
with landed as (

    select
        *,
        from_json(
            payload,
            '{
                "invitation_id": "VARCHAR", "survey_id": "VARCHAR", "customer_key": "VARCHAR",
                "channel": "VARCHAR", "sent_at": "VARCHAR", "outcome": "VARCHAR"
            }'
        ) as sent
    from {{ newest_of_file('invitations') }}

),

renamed as (

    select
        source,
        stream,
        record_id,
        coalesce({{ text_or_null('sent.invitation_id') }}, record_id) as invitation_id,
        {{ text_or_null('sent.survey_id') }} as survey_id,
        {{ text_or_null('sent.customer_key') }} as customer_key,
        {{ text_or_null('sent.channel') }} as channel,
        {{ text_or_null('sent.outcome') }} as outcome,
        {{ moment_or_null('sent.sent_at') }} as sent_at,
        changed_at,
        extracted_at,
    from landed

)

select * from renamed
