{{ config(materialized='incremental', pre_hook="{{ forget_months('feedback_months') }}") }}

-- What a customer says of one metric more than once in a month, two answers at a time: beside the
-- sums of int_feedback_sums this tells how many independent answers they are worth
-- (squares_of_customers). Who is not known is another one in each response.
with answers as materialized (

    select
        period,
        metric,
        hash(period, metric, coalesce(customer_hash, response_hash)) as who,
        source,
        survey_id,
        feedback_hash,
        cast(weight as double) as w,
        cast({{ value_of_answer() }} as double) as x,
        cast(is_top as integer) as top,
        {{ name_of('segment') }} as segment,
        {{ name_of('touchpoint') }} as touchpoint,
        {{ name_of('journey_stage') }} as journey_stage,
        {{ name_of('channel') }} as channel,
    from {{ ref('fct_feedback') }}
    where metric in ('nps', 'csat', 'ces') and {{ is_touched_month('period', 'feedback_months') }}

),

answered_more_than_once as (

    select
        who,
        count(*) > 32 as is_often,
    from answers
    group by who
    having count(*) > 1

),

repeated as not materialized (

    select
        answers.*,
        several.is_often,
    from answers
    inner join answered_more_than_once as several on answers.who = several.who

),

-- Where they are many, a customer's answers of one kind are taken together: a key which many share
-- ("guest") or a survey of very many questions makes no more pairs than it has kinds of answers.
kinds as not materialized (

    select
        period,
        metric,
        who,
        source,
        survey_id,
        segment,
        touchpoint,
        journey_stage,
        channel,
        min(feedback_hash) as kind,
        cast({{ exact_sum('w') }} as double) as sum_w,
        cast({{ exact_sum('w * x') }} as double) as sum_x,
        cast({{ exact_sum('w * top') }} as double) as sum_top,
        cast({{ exact_sum('w * w') }} as double) as square_w,
        cast({{ exact_sum('w * w * x') }} as double) as square_x,
        cast({{ exact_sum('w * w * x * x') }} as double) as square_xx,
        cast({{ exact_sum('w * w * top') }} as double) as square_top,
    from repeated
    where is_often
    group by all
    union all by name
    select
        * exclude (feedback_hash, w, x, top, is_often),
        feedback_hash as kind,
        w as sum_w,
        w * x as sum_x,
        w * top as sum_top,
    from repeated
    where not is_often

),

-- Of one kind: all of its answers by all, less each by itself, and each two once.
pairs as (

    select
        period,
        metric,
        source,
        survey_id,
        segment,
        touchpoint,
        journey_stage,
        channel,
        (sum_w * sum_w - square_w) / 2 as pair_w,
        sum_w * sum_x - square_x as pair_x,
        (sum_x * sum_x - square_xx) / 2 as pair_xx,
        sum_w * sum_top - square_top as pair_top,
        (sum_top * sum_top - square_top) / 2 as pair_tops,
    from kinds
    where square_w is not null
    union all by name
    -- Of two kinds: a pair is of the survey, segment, touchpoint, stage and channel of both.
    select
        one.period,
        one.metric,
        case when one.source = other.source then one.source end as source,
        case
            when one.source = other.source and one.survey_id = other.survey_id then one.survey_id
        end as survey_id,
        case when one.segment = other.segment then one.segment end as segment,
        case when one.touchpoint = other.touchpoint then one.touchpoint end as touchpoint,
        case when one.journey_stage = other.journey_stage then one.journey_stage end
            as journey_stage,
        case when one.channel = other.channel then one.channel end as channel,
        one.sum_w * other.sum_w as pair_w,
        one.sum_x * other.sum_w + one.sum_w * other.sum_x as pair_x,
        one.sum_x * other.sum_x as pair_xx,
        one.sum_top * other.sum_w + one.sum_w * other.sum_top as pair_top,
        one.sum_top * other.sum_top as pair_tops,
    from kinds as one
    inner join kinds as other
        on one.who = other.who and one.kind < other.kind

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
    {{ exact_sum('pair_w') }} as pair_w,
    {{ exact_sum('pair_x') }} as pair_x,
    {{ exact_sum('pair_xx') }} as pair_xx,
    {{ exact_sum('pair_top') }} as pair_top,
    {{ exact_sum('pair_tops') }} as pair_tops,
from pairs
group by all
