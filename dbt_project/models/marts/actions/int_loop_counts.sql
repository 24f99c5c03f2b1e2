-- Two counts in one row: the unhappy answers of the month, and those of earlier months whose next
-- answer came in the twelve months that end with it.
with answers as (

    select
        'all' as scope,
        *,
    from {{ ref('int_loop_answers') }}
    union all by name
    select
        'segment=' || segment as scope,
        *,
    from {{ ref('int_loop_answers') }}
    where segment is not null

),

scopes as (

    select distinct scope from answers

),

series as (

    select
        scopes.scope,
        periods.period,
    from scopes
    cross join {{ ref('int_periods') }} as periods

),

loops as (

    select
        scope,
        period,
        count(*) as detractors,
        count(*) filter (where state = 'unknown_customer') as unknown_customer,
        count(*) filter (where state = 'waiting') as waiting,
        count(*) filter (where state in ('followed_up', 'not_followed_up')) as n,
        count(*) filter (where state = 'followed_up') as followed_up,
        list(hours order by hours) filter (where state = 'followed_up') as hours,
    from answers
    group by scope, period

),

months as (

    select
        scope,
        next_period,
        count(*) filter (where state = 'followed_up') as outcomes,
        count(*) filter (where state = 'followed_up' and is_improved) as improved,
        count(*) filter (where state = 'not_followed_up') as other_outcomes,
        count(*) filter (where state = 'not_followed_up' and is_improved) as other_improved,
    from answers
    where next_period is not null
    group by scope, next_period

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
    inner join months
        on
            series.scope = months.scope
            and months.next_period
            between {{ period_shift('series.period', -11) }} and series.period
    group by series.scope, series.period

)

select
    series.scope,
    series.period,
    coalesce(loops.detractors, 0) as detractors,
    coalesce(loops.unknown_customer, 0) as unknown_customer,
    coalesce(loops.waiting, 0) as waiting,
    coalesce(loops.n, 0) as n,
    coalesce(loops.followed_up, 0) as followed_up,
    coalesce(loops.hours, cast([] as double[])) as hours,
    coalesce(outcomes.outcomes, 0) as outcomes,
    coalesce(outcomes.improved, 0) as improved,
    coalesce(outcomes.other_outcomes, 0) as other_outcomes,
    coalesce(outcomes.other_improved, 0) as other_improved,
from series
left join loops on series.scope = loops.scope and series.period = loops.period
left join outcomes on series.scope = outcomes.scope and series.period = outcomes.period
