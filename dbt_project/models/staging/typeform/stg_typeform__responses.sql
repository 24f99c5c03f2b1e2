with landed as (

    select
        *,
        from_json(
            payload,
            '{
                "response_id": "VARCHAR", "token": "VARCHAR", "response_type": "VARCHAR",
                "landed_at": "VARCHAR", "submitted_at": "VARCHAR",
                "hidden": {
                    "customer_id": "VARCHAR", "channel": "VARCHAR", "touchpoint": "VARCHAR",
                    "journey_stage": "VARCHAR", "segment": "VARCHAR", "language": "VARCHAR",
                    "weight": "VARCHAR"
                },
                "calculated": {"score": "VARCHAR"},
                "variables": [{"key": "VARCHAR", "number": "DOUBLE"}],
                "answers": ["JSON"]
            }'
        ) as sent
    from {{ newest_copies('typeform__responses') }}

),

-- Some accounts write year 1 for what has not happened.
timed as (

    select
        *,
        {{ moment_or_null('sent.landed_at') }} as landed_at,
        case
            when {{ moment_or_null('sent.submitted_at') }} > timestamptz '1970-01-01 00:00:00+00'
                then {{ moment_or_null('sent.submitted_at') }}
        end as submitted_at,
    from landed

),

renamed as (

    select
        source,
        stream,
        record_id,
        split_part(record_id, '/', 1) as form_id,
        coalesce(sent.response_id, sent.token, split_part(record_id, '/', 2)) as response_id,
        {{ text_or_null('sent.hidden.customer_id') }} as customer_id,
        {{ text_or_null('sent.hidden.channel') }} as channel,
        {{ text_or_null('sent.hidden.touchpoint') }} as touchpoint,
        {{ text_or_null('sent.hidden.journey_stage') }} as journey_stage,
        {{ text_or_null('sent.hidden.segment') }} as segment,
        {{ text_or_null('sent.hidden.language') }} as language,
        {{ text_or_null('sent.hidden.weight') }} as weight,
        {{ number_or_null('sent.calculated.score') }} as calculated_score,
        -- Variables that are numbers; one that is a text may be a name.
        list_filter(sent.variables, variable -> variable.number is not null) as variables,
        -- Who somebody is does not leave the lake by an answer: of an address, a number to call, a
        -- file, a signature or a card, only the question is kept, and the amount that was paid.
        list_transform(
            list_filter(
                coalesce(sent.answers, []),
                answer -> answer is not null and json_type(answer) = 'OBJECT'
            ),
            answer -> case
                when
                    answer ->> '$.type' in (
                        'email', 'phone_number', 'file_url', 'signature', 'payment'
                    )
                    then json_object(
                        'field', answer -> '$.field',
                        'type', answer ->> '$.type',
                        'payment', json_object('amount', answer ->> '$.payment.amount')
                    )
                else answer
            end
        ) as answers,
        coalesce(sent.response_type = 'completed', submitted_at is not null) as is_completed,
        submitted_at,
        landed_at,
        changed_at,
        extracted_at,
    from timed

)

select * from renamed
