-- Ratings of cases are no answers to a mapped question. Where a source invites to them as a survey,
-- they are that survey's answers, by the month they were given in.
with ratings as (

    select
        source,
        segment,
        rated_period as period,
        ticket_satisfaction_score = 'good' as is_good,
    from {{ ref('fct_cases') }}
    where ticket_satisfaction_score is not null

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
    count(*) as n,
    cast(count(*) filter (where ratings.is_good) as double) as plain_x,
    count(*) filter (where ratings.is_good) as plain_successes,
    cast(count(*) filter (where ratings.is_good) as double) as sum_x,
    cast(count(*) filter (where ratings.is_good) as double) as sum_xx,
    cast(count(*) as double) as sum_w,
    cast(count(*) as double) as sum_ww,
    cast(count(*) filter (where ratings.is_good) as double) as successes,
    cast(0 as double) as scale_min,
    cast(1 as double) as scale_max,
from ratings
inner join surveys on ratings.source = surveys.source
group by ratings.period, ratings.source, surveys.survey_id, ratings.segment
