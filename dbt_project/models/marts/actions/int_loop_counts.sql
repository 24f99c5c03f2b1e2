-- Two counts in one row: the unhappy answers of the month, and those of earlier months whose next
-- answer came in the twelve months that end with it.
with periods as (

    select
        period,
        {{ place_of('period') }} as place,
    from {{ ref('int_periods') }}

),

scopes as (

    select distinct scope from {{ ref('int_loop_months') }}

),

series as (

    select
        scopes.scope,
        periods.period,
        periods.place,
    from scopes
    cross join periods

),

outcomes as (

    select
        series.scope,
        series.period,
        cast(sum(months.outcomes) as bigint) as outcomes,
        cast(sum(months.improved) as bigint) as improved,
        cast(sum(months.other_outcomes) as bigint) as other_outcomes,
        cast(sum(months.other_improved) as bigint) as other_improved,
    from series
    inner join {{ ref('int_loop_months') }} as months
        on
            series.scope = months.scope
            and months.place between series.place - 11 and series.place
    group by series.scope, series.period

)

select
    series.scope,
    series.period,
    coalesce(months.detractors, 0) as detractors,
    coalesce(months.unknown_customer, 0) as unknown_customer,
    coalesce(months.waiting, 0) as waiting,
    coalesce(months.n, 0) as n,
    coalesce(months.followed_up, 0) as followed_up,
    coalesce(months.hours, cast([] as double[])) as hours,
    coalesce(outcomes.outcomes, 0) as outcomes,
    coalesce(outcomes.improved, 0) as improved,
    coalesce(outcomes.other_outcomes, 0) as other_outcomes,
    coalesce(outcomes.other_improved, 0) as other_improved,
from series
left join {{ ref('int_loop_months') }} as months
    on series.scope = months.scope and series.place = months.place
left join outcomes on series.scope = outcomes.scope and series.period = outcomes.period
