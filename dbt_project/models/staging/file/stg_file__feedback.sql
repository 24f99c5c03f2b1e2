{{ config(materialized='view') }}

-- In an increment, the records that landed since (macros/landed_since.sql).
with landed as (

    select
        *,
        from_json(
            payload,
            '{
                "response_id": "VARCHAR", "survey_id": "VARCHAR", "question_id": "VARCHAR",
                "score": "VARCHAR", "responded_at": "VARCHAR", "customer_key": "VARCHAR",
                "channel": "VARCHAR", "touchpoint": "VARCHAR", "journey_stage": "VARCHAR",
                "driver": "VARCHAR", "language": "VARCHAR", "weight": "VARCHAR",
                "comment": "VARCHAR", "segment": "VARCHAR"
            }'
        ) as sent
    from {{ newest_of_file('feedback') }}

),

renamed as (

    select
        source,
        stream,
        record_id,
        coalesce({{ text_or_null('sent.response_id') }}, record_id) as response_id,
        {{ text_or_null('sent.survey_id') }} as survey_id,
        {{ text_or_null('sent.question_id') }} as question_id,
        {{ text_or_null('sent.score') }} as score,
        {{ text_or_null('sent.customer_key') }} as customer_key,
        {{ text_or_null('sent.channel') }} as channel,
        {{ text_or_null('sent.touchpoint') }} as touchpoint,
        {{ text_or_null('sent.journey_stage') }} as journey_stage,
        {{ text_or_null('sent.driver') }} as driver,
        {{ text_or_null('sent.language') }} as language,
        {{ text_or_null('sent.weight') }} as weight,
        {{ text_or_null('sent.comment') }} as comment,
        {{ text_or_null('sent.segment') }} as segment,
        {{ moment_or_null('sent.responded_at') }} as responded_at,
        changed_at,
        extracted_at,
    from landed

)

select * from renamed
