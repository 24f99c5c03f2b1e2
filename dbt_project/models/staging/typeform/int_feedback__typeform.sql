with responses as (

    select * from {{ ref('stg_typeform__responses') }}

),

answers as (

    select
        * exclude (answers),
        unnest(answers) as answer,
    from responses

),

-- The value sits under the key that `type` names. A choice is known by its label, several by theirs
-- in the order chosen or ranked, with `; ` between; words of one's own stand for a label, or last.
-- An answer whose words are withheld is there all the same, to be counted.
named as (

    select
        *,
        answer ->> '$.type' as kind,
        coalesce(answer ->> '$.field.ref', answer ->> '$.field.id', 'no question id')
            as question_id,
    from answers

),

valued as (

    select
        *,
        case
            when kind in ('email', 'phone_number', 'file_url', 'signature') then '(withheld)'
            when kind = 'choice'
                then coalesce(answer ->> '$.choice.label', answer ->> '$.choice.other')
            when kind = 'choices'
                then array_to_string(
                    list_concat(
                        coalesce(
                            from_json(answer -> '$.choices.labels', '["VARCHAR"]'),
                            answer ->> '$.choices[*].label'
                        ),
                        [answer ->> '$.choices.other']
                    ),
                    '; '
                )
            when kind = 'payment' then answer ->> '$.payment.amount'
            when kind = 'multi_format'
                then coalesce(
                    answer ->> '$.multi_format.text', answer ->> '$.multi_format.transcript'
                )
            else answer ->> ('$."' || kind || '"')
        end as value,
    from named

)

select
    source,
    stream,
    record_id,
    response_id,
    form_id as survey_id,
    question_id,
    {{ text_or_null('value') }} as value,
    customer_id as customer_key,
    channel,
    touchpoint,
    journey_stage,
    cast(null as varchar) as driver,
    language,
    segment,
    weight,
    is_completed,
    case when is_completed then submitted_at end as responded_at,
    coalesce(submitted_at, landed_at) as seen_at,
    changed_at,
    extracted_at,
from valued
