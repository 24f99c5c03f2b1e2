with responses as (

    select * from {{ ref('stg_qualtrics__responses') }}

),

named as (

    select
        *,
        unnest(json_keys(answers)) as question_id,
    from responses

),

-- Beside the answers stand their order on the page and the group an NPS score falls into.
answered as (

    select
        * exclude (answers),
        json_extract(answers, '$."' || replace(question_id, '"', '') || '"') as answer,
    from named
    where
        regexp_matches(question_id, '^([0-9]+_)?QID[0-9]+(_|$)')
        and not regexp_matches(question_id, '_NPS_GROUP$|_DO(_[^_]+)*$')

),

invited as (

    select
        source,
        response_id,
        min(customer_key) as customer_key,
    from {{ ref('stg_qualtrics__distribution_history') }}
    where response_id is not null
    group by source, response_id

)

select
    answered.source,
    answered.stream,
    answered.record_id,
    answered.response_id,
    answered.survey_id,
    answered.question_id,
    -- What was chosen together is one answer.
    case json_type(answered.answer)
        when 'ARRAY'
            then array_to_string(from_json(answered.answer, '["VARCHAR"]'), ',')
        else {{ text_or_null("answered.answer ->> '$'") }}
    end as value,
    coalesce(answered.external_id, invited.customer_key) as customer_key,
    answered.channel,
    answered.touchpoint,
    answered.journey_stage,
    cast(null as varchar) as driver,
    answered.language,
    answered.segment,
    answered.weight,
    answered.is_completed,
    case when answered.is_completed then answered.recorded_at end as responded_at,
    answered.recorded_at as seen_at,
    answered.changed_at,
    answered.extracted_at,
from answered
left join invited
    on answered.source = invited.source and answered.response_id = invited.response_id
