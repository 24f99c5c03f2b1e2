{{ config(materialized='incremental', pre_hook="{{ forget_months('feedback_months') }}") }}

-- In how many responses of a month and source something was seen.
with answers as (

    select
        source,
        period,
        survey_id,
        response_id,
        customer_key,
        metric,
        question_id,
        score,
        responded_at,
    from {{ ref('fct_feedback') }}
    where {{ is_touched_month('period', 'feedback_months') }}

),

responses as (

    select
        source,
        period,
        survey_id,
        response_id,
        min(customer_key) as customer_key,
        min(responded_at) as responded_at,
        count(*) filter (where metric = 'rating') as ratings,
        count(distinct score) filter (where metric = 'rating') as different_ratings,
    from answers
    where response_id is not null
    group by source, period, survey_id, response_id

),

repeats as (

    select
        *,
        row_number() over (
            partition by
                source, survey_id, customer_key,
                cast(timezone('{{ var("reporting_zone") }}', responded_at) as date)
            order by responded_at, response_id
        ) as repetition,
    from responses
    where customer_key is not null

),

duplicates as (

    select
        source,
        period,
        'duplicate' as signal,
        count(*) filter (where repetition > 1) as n,
        count(*) as n_answers,
    from repeats
    group by source, period

),

straight as (

    select
        source,
        period,
        'straight_lining' as signal,
        count(*) filter (where different_ratings = 1) as n,
        count(*) as n_answers,
    from responses
    where ratings >= 3
    group by source, period

)

select * from duplicates
union all by name
select * from straight
