-- Ratings of cases are no answers to a mapped question. Where a source invites to them as a survey,
-- they are that survey's answers, by the month they were given in.
with customers as (

    select
        source,
        segment,
        rated_period as period,
        count(*) as n,
        count(*) filter (where ticket_satisfaction_score = 'good') as successes,
    from {{ ref('fct_cases') }}
    where ticket_satisfaction_score is not null
    group by source, segment, rated_period, coalesce(customer_hash, case_hash)

),

ratings as (

    select
        source,
        segment,
        period,
        cast(sum(customers.n) as double) as n,
        cast(sum(customers.successes) as double) as successes,
        {{ pairs_of_cases('customers') }},
    from customers
    group by source, segment, period

),

-- Ratings are as alike as all of their survey's are, not as those of a segment happen to be.
months as (

    select
        source,
        period,
        sum(ratings.n) as n,
        sum(ratings.successes) as successes,
        sum(ratings.pair_w) as pair_w,
        sum(ratings.pair_x) as pair_x,
        sum(ratings.pair_xx) as pair_xx,
    from ratings
    group by source, period

),

likenesses as (

    select
        source,
        period,
        {{ likeness_of_cases() }} as likeness,
    from months

),

surveys as (

    select distinct
        source,
        survey_id,
    from {{ ref('int_invitation_outcomes') }}
    where survey_id = 'satisfaction_rating'

)

select
    ratings.period,
    ratings.source,
    surveys.survey_id,
    ratings.segment,
    'case_csat' as metric,
    cast(ratings.n as bigint) as n,
    ratings.successes as plain_x,
    cast(ratings.successes as bigint) as plain_successes,
    ratings.successes as sum_x,
    ratings.successes as sum_xx,
    ratings.n as sum_w,
    {{ squares_of_customers('likenesses.likeness', 'ratings.n') }} as sum_ww,
    ratings.successes,
    cast(0 as double) as scale_min,
    cast(1 as double) as scale_max,
from ratings
inner join surveys on ratings.source = surveys.source
inner join likenesses
    on ratings.source = likenesses.source and ratings.period = likenesses.period
