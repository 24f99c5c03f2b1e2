{{ config(materialized='incremental', pre_hook="{{ forget_channel_repeats() }}") }}

-- What a customer says of one metric, stage and channel in two months of a window: beside the sums
-- of the months' cells this tells how many independent answers those of a year are worth. Answers
-- of one month stand in int_answer_pairs.
with answers as materialized (

    select
        {{ place_of('period') }} as place,
        metric,
        {{ name_of('journey_stage') }} as journey_stage,
        {{ name_of('channel') }} as channel,
        {{ name_of('segment') }} as segment,
        customer_hash,
        hash(customer_hash, metric, journey_stage, channel) as who,
        cast(weight as double) as w,
        cast(weight * {{ value_of_answer() }} as double) as x,
        case when is_top then cast(weight as double) else 0 end as top,
    from {{ ref('fct_feedback') }}
    where
        metric in ('nps', 'csat', 'ces')
        and journey_stage is not null
        and channel is not null
        and customer_hash is not null
        and {{ is_beside_channel_months(place_of('period')) }}

),

-- A key which many share ("guest") has one row a month here, or its pairs would have no end.
often as (

    select
        customer_hash,
        place,
    from answers
    group by customer_hash, place
    having count(*) > 100

),

kinds as materialized (

    select * exclude (customer_hash) from answers
    anti join often
        on answers.customer_hash = often.customer_hash and answers.place = often.place
    union all by name
    select
        place,
        metric,
        journey_stage,
        channel,
        segment,
        who,
        cast({{ exact_sum('w') }} as double) as w,
        cast({{ exact_sum('x') }} as double) as x,
        cast({{ exact_sum('top') }} as double) as top,
    from answers
    semi join often
        on answers.customer_hash = often.customer_hash and answers.place = often.place
    group by place, metric, journey_stage, channel, segment, who

)

select
    {{ period_of_place('later.place') }} as period,
    {{ period_of_place('earlier.place') }} as earlier_period,
    later.metric,
    cast(later.journey_stage as varchar) as journey_stage,
    cast(later.channel as varchar) as channel,
    cast(case when later.segment = earlier.segment then later.segment end as varchar) as segment,
    {{ exact_sum('later.w * earlier.w') }} as pair_w,
    {{ exact_sum('later.x * earlier.w + later.w * earlier.x') }} as pair_x,
    {{ exact_sum('later.x * earlier.x') }} as pair_xx,
    {{ exact_sum('later.top * earlier.w + later.w * earlier.top') }} as pair_top,
    {{ exact_sum('later.top * earlier.top') }} as pair_tops,
from kinds as later
inner join kinds as earlier
    on later.who = earlier.who and earlier.place between later.place - 11 and later.place - 1
where {{ is_touched_place('later.place', 'channel_months') }}
group by
    later.place, earlier.place, later.metric, later.journey_stage, later.channel,
    case when later.segment = earlier.segment then later.segment end
