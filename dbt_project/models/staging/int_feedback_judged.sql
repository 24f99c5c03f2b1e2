{{ config(
    materialized='incremental',
    pre_hook="{{ forget_judged('feedback') }}",
    post_hook="{{ note_months_of_answers() }}",
) }}
-- Which customers changed is known before the months of their answers are noted:
-- depends_on: {{ ref('dim_customers') }}

with fed as not materialized (

    {{ everything_fed_to('feedback') }}

),

sent as {{ 'materialized' if is_increment() else 'not materialized' }} (

    select fed.* from fed {{ only_touched('fed', 'feedback', keys_of('feedback')) }}

),

-- A blank is no answer: it is neither counted nor in quarantine. It still takes the place of an
-- older copy of its record, whose score was withdrawn.
copies as (

    select *
    from
        {{ with_copies(
            'sent', ['source', 'survey_id', 'response_id', 'question_id'],
            'changed_at desc, extracted_at desc, record_id desc, stream asc, value asc'
        ) }}

),

answers as (

    select * from copies
    where value is not null

),

asked as (

    select distinct
        source,
        survey_id,
        question_id,
    from sent

),

-- What the CX team wrote about a question; a row for the very survey comes before one for `*`.
meant as (

    select
        asked.source,
        asked.survey_id,
        asked.question_id,
        questions.metric,
        questions.scale_min,
        questions.scale_max,
        questions.top_from,
        questions.touchpoint,
        questions.journey_stage,
        questions.driver,
        questions.about_question,
        coalesce(questions.reversed, false) as is_reversed,
    from asked
    inner join {{ ref('survey_questions') }} as questions
        on
            asked.source = questions.source
            and asked.question_id = questions.question_id
            and questions.survey_id in (asked.survey_id, '*')
    qualify row_number() over (
        partition by asked.source, asked.survey_id, asked.question_id
        order by questions.survey_id = '*'
    ) = 1

),

-- What the record says of itself wins over what the question declares.
resolved as (

    select
        answers.* exclude (touchpoint, journey_stage, driver, weight),
        meant.* exclude (source, survey_id, question_id, touchpoint, journey_stage, driver),
        coalesce(answers.touchpoint, meant.touchpoint) as touchpoint,
        coalesce(answers.journey_stage, meant.journey_stage, touchpoints.journey_stage)
            as journey_stage,
        coalesce(answers.driver, meant.driver) as driver,
        {{ number_or_null('answers.value') }} as sent_score,
        answers.weight as sent_weight,
        case
            when answers.weight is null then 1
            else {{ number_or_null('answers.weight') }}
        end as weight,
    from answers
    left join meant
        on
            answers.source = meant.source
            and answers.survey_id = meant.survey_id
            and answers.question_id = meant.question_id
    left join {{ ref('touchpoints') }} as touchpoints
        on coalesce(answers.touchpoint, meant.touchpoint) = touchpoints.touchpoint

)

select
    resolved.* exclude (copy),
    -- Of a moment that can be one: no calendar is asked about others.
    case
        when responded_at between timestamptz '2000-01-01' and timestamptz '3000-01-01'
            then {{ period_of('responded_at') }}
    end as period,
    {{ turned('sent_score', 'scale_min', 'scale_max', 'is_reversed') }} as score,
    case
        when copy > 1 then 'superseded'
        when not is_completed then 'not_submitted'
        when metric is null then 'unmapped_question'
        when responded_at is null then 'no_time'
        when not ({{ is_plausible_time('responded_at', 'extracted_at') }}) then 'implausible_time'
        when metric = 'comment' then null
        when sent_score is null then 'not_a_number'
        when not ({{ is_on_scale('sent_score', 'scale_min', 'scale_max', 'metric') }})
            then 'out_of_scale'
        when not coalesce({{ is_usable_weight('weight') }}, false) then 'bad_weight'
        when {{ is_unknown('touchpoint', 'touchpoints') }} then 'unknown_touchpoint'
        when {{ is_unknown('journey_stage', 'journey_stages') }} then 'unknown_stage'
        when {{ is_unknown('channel', 'channels') }} then 'unknown_channel'
        when {{ is_unknown('segment', 'segments') }} then 'unknown_segment'
    end as reason,
from resolved
