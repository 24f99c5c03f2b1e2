-- A total is printed where it gives no hidden count away beside what rpt_metrics prints.
with records as (

    select
        period,
        coalesce(sum(n) filter (where not is_case), 0) as answers,
        coalesce(bool_or(is_hidden) filter (where not is_case), false) as is_answers_hidden,
        coalesce(sum(n) filter (where is_case), 0) as cases,
        coalesce(bool_or(is_hidden) filter (where is_case), false) as is_cases_hidden,
    from {{ ref('int_source_records') }}
    group by period

)

select
    periods.period,
    periods.starts_at,
    periods.ends_at,
    case
        when not coalesce(records.is_answers_hidden, false)
            then cast(coalesce(records.answers, 0) as bigint)
    end as answers,
    case
        when not coalesce(records.is_cases_hidden, false)
            then cast(coalesce(records.cases, 0) as bigint)
    end as cases,
from {{ ref('int_periods') }} as periods
left join records on periods.period = records.period
