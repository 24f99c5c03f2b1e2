{{ config(materialized='incremental', pre_hook="{{ forget_months('feedback_months') }}") }}

-- In how many responses of a month and source something was seen.
with answers as (

    select
        source,
        period,
        survey_id,
        response_hash,
        customer_key,
        case when metric = 'rating' then score end as rating,
        responded_at,
    from {{ ref('fct_feedback') }}
    where response_id is not null and {{ is_touched_month('period', 'feedback_months') }}

),

responses as materialized (

    select
        any_value(source) as source,
        period,
        any_value(survey_id) as survey_id,
        min(customer_key) as customer_key,
        {{ quarter_of('min(responded_at)') }} as quarter,
        count(rating) as ratings,
        min(rating) = max(rating) as is_straight,
    from answers
    group by period, response_hash

),

days as (

    select
        quarter,
        cast(timezone('{{ var("reporting_zone") }}', {{ quarter_start('quarter') }}) as date)
            as day,
    from responses
    group by quarter

),

-- All responses of a customer to a survey on one day but the first are repeats.
customer_days as (

    select
        responses.source,
        responses.period,
        count(*) as n,
    from responses
    inner join days on responses.quarter = days.quarter
    where responses.customer_key is not null
    group by
        responses.source, responses.period, responses.survey_id, responses.customer_key, days.day

),

duplicates as (

    select
        source,
        period,
        'duplicate' as signal,
        cast(sum(n - 1) as bigint) as n,
        cast(sum(n) as bigint) as n_answers,
    from customer_days
    group by source, period

),

straight as (

    select
        source,
        period,
        'straight_lining' as signal,
        count(*) filter (where is_straight) as n,
        count(*) as n_answers,
    from responses
    where ratings >= 3
    group by source, period

)

select * from duplicates
union all by name
select * from straight
