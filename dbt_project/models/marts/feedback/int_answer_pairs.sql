{{ config(materialized='incremental', pre_hook="{{ forget_months('feedback_months') }}") }}

-- What a response says of one metric in answer to several questions, two by two: beside the sums of
-- int_feedback_sums this tells how many independent answers they are worth (squares_of_responses).
-- Surveys that ask for a metric once, as most do, are not looked at.
with asked_more_than_once as (

    select
        period,
        source,
        survey_id,
        metric,
    from {{ ref('fct_feedback') }}
    where metric in ('nps', 'csat', 'ces') and {{ is_touched_month('period', 'feedback_months') }}
    group by all
    having min(question_id) < max(question_id)

),

answers as materialized (

    select
        answers.period,
        answers.source,
        answers.survey_id,
        answers.metric,
        answers.response_hash,
        answers.feedback_hash,
        answers.weight,
        cast({{ value_of_answer() }} as double) as x,
        cast(answers.is_top as integer) as top,
        {{ name_of('segment') }} as segment,
        {{ name_of('touchpoint') }} as touchpoint,
        {{ name_of('journey_stage') }} as journey_stage,
        {{ name_of('channel') }} as channel,
    from {{ ref('fct_feedback') }} as answers
    semi join asked_more_than_once as asked
        on
            answers.period = asked.period
            and answers.source = asked.source
            and answers.survey_id is not distinct from asked.survey_id
            and answers.metric = asked.metric
    where {{ is_touched_month('answers.period', 'feedback_months') }}

),

-- A pair is of the segment, touchpoint, stage and channel that both its answers are of.
pairs as (

    select
        one.period,
        one.source,
        one.survey_id,
        one.metric,
        case when one.segment = other.segment then one.segment end as segment,
        case when one.touchpoint = other.touchpoint then one.touchpoint end as touchpoint,
        case when one.journey_stage = other.journey_stage then one.journey_stage end
            as journey_stage,
        case when one.channel = other.channel then one.channel end as channel,
        one.weight * other.weight as w,
        one.x + other.x as x,
        one.x * other.x as xx,
        one.top + other.top as top,
        one.top * other.top as tops,
    from answers as one
    inner join answers as other
        on
            one.response_hash = other.response_hash
            and one.period = other.period
            and one.metric = other.metric
            and one.feedback_hash < other.feedback_hash

)

select
    period,
    source,
    survey_id,
    metric,
    cast(segment as varchar) as segment,
    cast(touchpoint as varchar) as touchpoint,
    cast(journey_stage as varchar) as journey_stage,
    cast(channel as varchar) as channel,
    {{ exact_sum('w') }} as pair_w,
    {{ exact_sum('w * x') }} as pair_x,
    {{ exact_sum('w * xx') }} as pair_xx,
    {{ exact_sum('w * top') }} as pair_top,
    {{ exact_sum('w * tops') }} as pair_tops,
from pairs
group by all
