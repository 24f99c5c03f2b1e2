{{ config(materialized='incremental', pre_hook="{{ forget_loop_months() }}") }}

-- Two counts in one row: the unhappy answers of the month, and those of earlier months whose next
-- answer came in it.
with answers as (

    select
        *,
        unnest(['all', 'segment=' || segment]) as scope,
    from {{ ref('int_loop_answers') }}
    where
        {{ is_touched_place('place', 'loop_count_places') }}
        or {{ is_touched_place('next_place', 'loop_count_places') }}

),

loops as (

    select
        scope,
        place,
        count(*) as detractors,
        count(*) filter (where state = 'unknown_customer') as unknown_customer,
        count(*) filter (where state = 'waiting') as waiting,
        count(*) filter (where state in ('followed_up', 'not_followed_up')) as n,
        count(*) filter (where state = 'followed_up') as followed_up,
        list_sort(list(hours) filter (where state = 'followed_up')) as hours,
    from answers
    where
        scope is not null
        and {{ is_touched_place('place', 'loop_count_places') }}
    group by scope, place

),

outcomes as (

    select
        scope,
        next_place as place,
        count(*) filter (where state = 'followed_up') as outcomes,
        count(*) filter (where state = 'followed_up' and is_improved) as improved,
        count(*) filter (where state = 'not_followed_up') as other_outcomes,
        count(*) filter (where state = 'not_followed_up' and is_improved) as other_improved,
    from answers
    where
        scope is not null
        and next_place is not null
        and {{ is_touched_place('next_place', 'loop_count_places') }}
    group by scope, next_place

)

select
    scope,
    place,
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
from loops
full join outcomes using (scope, place)
