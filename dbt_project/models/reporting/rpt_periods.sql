with answers as (

    select
        period,
        count(*) as answers,
    from {{ ref('fct_feedback') }}
    group by period

),

cases as (

    select
        created_period as period,
        count(*) as cases,
    from {{ ref('fct_cases') }}
    where is_known_from_start
    group by created_period

)

select
    periods.period,
    periods.starts_at,
    periods.ends_at,
    coalesce(answers.answers, 0) as answers,
    coalesce(cases.cases, 0) as cases,
from {{ ref('int_periods') }} as periods
left join answers on periods.period = answers.period
left join cases on periods.period = cases.period
