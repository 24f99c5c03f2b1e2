with responses as (

    select * from {{ ref('stg_surveymonkey__responses') }}

),

questions as (

    select * from {{ ref('stg_surveymonkey__surveys') }}

),

listed_choices as (

    select
        source,
        survey_id,
        question_id,
        unnest(choices) as choice,
    from questions

),

-- A question of 11 choices that weigh -100, 0 and 100 is an NPS question: the weight is the group,
-- the score stands in the choice's text ("0", "Not at all likely - 0") or is its place.
nps_questions as (

    select
        source,
        survey_id,
        question_id,
    from listed_choices
    where coalesce(choice.is_na, 'false') != 'true'
    group by source, survey_id, question_id
    having
        count(*) = 11
        and bool_and(coalesce(try_cast(choice.weight as double) in (-100, 0, 100), false))

),

choices as (

    select
        listed.source,
        listed.survey_id,
        listed.question_id,
        listed.choice.id as choice_id,
        listed.choice.text as label,
        coalesce(listed.choice.is_na = 'true', false) as is_not_applicable,
        listed.choice.weight,
        nps.question_id is not null as is_nps,
        regexp_extract_all(listed.choice.text, '[0-9]+') as numbers,
        try_cast(listed.choice.position as integer) as position,
    from listed_choices as listed
    left join nps_questions as nps
        on
            listed.source = nps.source
            and listed.survey_id = nps.survey_id
            and listed.question_id = nps.question_id

),

answered_pages as (

    select
        * exclude (pages),
        unnest(pages) as page,
    from responses

),

answered_questions as (

    select
        * exclude (page),
        unnest(page.questions) as question,
    from answered_pages

),

answers as (

    select
        * exclude (question),
        question.id as asked_id,
        unnest(question.answers) as answer,
        generate_subscripts(question.answers, 1) as place,
    from answered_questions

),

named as (

    select
        answers.* exclude (answer),
        -- The parts of one question are questions of their own: rows, columns, "other".
        concat_ws(
            '_',
            answers.asked_id,
            case when coalesce(questions.count_rows, 2) > 1 then answers.answer.row_id end,
            answers.answer.col_id,
            case when answers.answer.other_id is not null then 'other' end
        ) as question_id,
        case
            when answers.answer.choice_id is null then answers.answer.text
            when choices.is_not_applicable then null
            when choices.is_nps and len(choices.numbers) = 1 then choices.numbers[1]
            when choices.is_nps then cast(choices.position - 1 as varchar)
            else
                coalesce(
                    {{ text_or_null('answers.answer.choice_metadata.weight') }},
                    {{ text_or_null('choices.weight') }},
                    choices.label,
                    answers.answer.choice_id
                )
        end as value,
    from answers
    left join questions
        on
            answers.source = questions.source
            and answers.survey_id = questions.survey_id
            and answers.asked_id = questions.question_id
    left join choices
        on
            answers.source = choices.source
            and answers.survey_id = choices.survey_id
            and answers.asked_id = choices.question_id
            and answers.answer.choice_id = choices.choice_id

),

-- What was chosen together is one answer.
together as (

    select
        source,
        record_id,
        question_id,
        string_agg({{ text_or_null('value') }}, ', ' order by place) as value,
    from named
    group by source, record_id, question_id

),

recipients as (

    select
        source,
        collector_id,
        recipient_id,
        max_by(customer_key, sent_at) as customer_key,
    from {{ ref('stg_surveymonkey__recipients') }}
    group by source, collector_id, recipient_id

)

select
    responses.source,
    responses.stream,
    responses.record_id,
    responses.response_id,
    responses.survey_id,
    together.question_id,
    together.value,
    coalesce(
        responses.customer_id,
        recipients.customer_key,
        responses.source || ':' || responses.recipient_id
    ) as customer_key,
    responses.channel,
    responses.touchpoint,
    responses.journey_stage,
    cast(null as varchar) as driver,
    responses.language,
    responses.segment,
    responses.weight,
    responses.is_completed,
    -- When it was sent in is not told; a change of the answers is a new answer.
    case when responses.is_completed then responses.modified_at end as responded_at,
    coalesce(responses.modified_at, responses.created_at) as seen_at,
    responses.changed_at,
    responses.extracted_at,
from together
inner join responses
    on together.source = responses.source and together.record_id = responses.record_id
left join recipients
    on
        responses.source = recipients.source
        and responses.collector_id = recipients.collector_id
        and responses.recipient_id = recipients.recipient_id
