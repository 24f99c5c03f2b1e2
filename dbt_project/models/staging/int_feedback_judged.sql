{{ config(
    materialized='incremental',
    pre_hook="{{ forget_judged('feedback') }}",
    post_hook=[
        "{{ settle_copies(
            'feedback', 'changed_at desc, extracted_at desc, record_id desc, stream asc, value asc',
            same=['source', 'survey_id', 'response_id', 'question_id'], first='blank'
        ) }}",
        "{{ note_months_of_answers() }}",
    ],
) }}
-- Which customers changed is known before the months of their answers are noted:
-- depends_on: {{ ref('dim_customers') }}

with sent as not materialized (

    {{ fed_since('feedback') }}

),

-- What the CX team wrote about a question.
questions as (

    select
        *,
        row_number() over () as question,
    from {{ ref('survey_questions') }}

),

hours as (

    {{ local_hours(
        'select min(window_start) from ' ~ source('raw', 'landings'),
        'select max(extracted_at) from ' ~ source('raw', 'landings'),
    ) }}

),

months as (

    select
        hour,
        {{ period_of_place('place') }} as period,
    from hours

),

-- A row for the very survey comes before one for `*`.
asked as (

    select
        sent.*,
        coalesce(of_survey.question, of_any.question) as question,
    from sent
    left join questions as of_survey
        on
            sent.source = of_survey.source
            and sent.survey_id = of_survey.survey_id
            and sent.question_id = of_survey.question_id
    left join questions as of_any
        on
            sent.source = of_any.source
            and sent.question_id = of_any.question_id
            and of_any.survey_id = '*'

),

-- What the record says of itself wins over what the question declares.
resolved as (

    select
        asked.* exclude (question, touchpoint, journey_stage, driver, weight),
        questions.metric,
        questions.scale_min,
        questions.scale_max,
        questions.top_from,
        questions.about_question,
        coalesce(questions.reversed, false) as is_reversed,
        coalesce(asked.touchpoint, questions.touchpoint) as touchpoint,
        coalesce(asked.journey_stage, questions.journey_stage, touchpoints.journey_stage)
            as journey_stage,
        coalesce(asked.driver, questions.driver) as driver,
        {{ number_or_null('asked.value') }} as sent_score,
        asked.weight as sent_weight,
        case
            when asked.weight is null then 1
            else {{ number_or_null('asked.weight') }}
        end as weight,
        -- Of a moment that can be one: no calendar is asked about others.
        case
            when asked.responded_at between timestamptz '2000-01-01' and timestamptz '3000-01-01'
                then coalesce(months.period, {{ period_of('asked.responded_at') }})
        end as period,
    from asked
    left join questions on asked.question = questions.question
    left join {{ ref('touchpoints') }} as touchpoints
        on coalesce(asked.touchpoint, questions.touchpoint) = touchpoints.touchpoint
    left join months on {{ hour_of('asked.responded_at') }} = months.hour

),

-- A blank is no answer: it is neither counted nor in quarantine. It still takes the place of an
-- older copy of its record, whose score was withdrawn.
judged as (

    select
        *,
        hash(source, stream, record_id) as record_hash,
        hash(source, survey_id, response_id, question_id) as feedback_hash,
        hash(source, survey_id, response_id) as response_hash,
        {{ hash_or_null('customer_key') }} as customer_hash,
        {{ turned('sent_score', 'scale_min', 'scale_max', 'is_reversed') }} as score,
        case
            when value is null then 'blank'
            when not is_completed then 'not_submitted'
            when metric is null then 'unmapped_question'
            when responded_at is null then 'no_time'
            when not ({{ is_plausible_time('responded_at', 'extracted_at') }})
                then 'implausible_time'
            when metric = 'comment' then null
            when sent_score is null then 'not_a_number'
            when not ({{ is_on_scale('sent_score', 'scale_min', 'scale_max', 'metric') }})
                then 'out_of_scale'
            when not coalesce({{ is_usable_weight('weight') }}, false) then 'bad_weight'
            when {{ is_unknown('touchpoint', 'touchpoints') }} then 'unknown_touchpoint'
            when {{ is_unknown('journey_stage', 'journey_stages') }} then 'unknown_stage'
            when {{ is_unknown('channel', 'channels') }} then 'unknown_channel'
            when {{ is_unknown('segment', 'segments') }} then 'unknown_segment'
        end as fault,
    from resolved

)

select
    *,
    false as is_superseded,
    fault as reason,
from judged
