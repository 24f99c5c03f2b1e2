with sums as (

    select * from {{ ref('int_feedback_sums') }}
    where metric in ('nps', 'csat', 'ces') and survey_id is not null
    union all by name
    select * from {{ ref('int_answer_pairs') }}
    where survey_id is not null

),

segments as (

    select
        period,
        source,
        survey_id,
        segment,
        metric,
        cast(sum(n) as bigint) as n,
        cast(sum(plain_x) as double) as plain_x,
        cast(sum(plain_successes) as bigint) as plain_successes,
        cast(sum(sum_x) as double) as sum_x,
        cast(sum(sum_xx) as double) as sum_xx,
        cast(sum(sum_w) as double) as sum_w,
        cast(sum(sum_ww) as double) as sum_ww,
        cast(sum(successes) as double) as successes,
        min(scale_min) as scale_min,
        max(scale_max) as scale_max,
        {{ sums_of_pairs() }},
    from sums
    group by period, source, survey_id, segment, metric

),

-- Answers are as alike as all of their survey's are, not as those of a segment happen to be.
surveys as (

    select
        period,
        source,
        survey_id,
        metric,
        sum(sum_x) as sum_x,
        sum(sum_xx) as sum_xx,
        sum(sum_w) as sum_w,
        sum(successes) as successes,
        sum(pair_w) as pair_w,
        sum(pair_x) as pair_x,
        sum(pair_xx) as pair_xx,
    from segments
    group by period, source, survey_id, metric

),

likenesses as (

    select
        period,
        source,
        survey_id,
        metric,
        {{ likeness_of_answers() }} as likeness,
    from surveys

)

select
    segments.* exclude (pair_w, pair_x, pair_xx)
    replace ({{ squares_of_customers('likenesses.likeness') }} as sum_ww),
from segments
inner join likenesses
    on
        segments.period = likenesses.period
        and segments.source = likenesses.source
        and segments.survey_id = likenesses.survey_id
        and segments.metric = likenesses.metric
