{{ config(materialized='incremental', pre_hook="{{ forget_moments() }}") }}

-- Each customer once for a touchpoint and a window of twelve months: by the latest experience whose
-- outcome became known in it. So an experience counts from the month its outcome is known until the
-- next one's is, or for a year, in the segment it was made in. Customers of whose experiences in
-- the window one is too recent are counted apart.
with placed as (

    -- Months since year 0: an outcome may become known later than the last month there is.
    select
        segment,
        outcome,
        touchpoint,
        is_good,
        outcome_is,
        responded_at,
        known_at,
        {# All experiences are put in order here: numbers take half the time of texts. #}
        hash(outcome, touchpoint, customer_key) as met,
        hash(feedback_id) as tie,
        {{ place_of('period') }} as place,
        {{ place_of('known_period') }} as known_place,
    from {{ ref('int_experiences') }}
    where {{ is_in_window_of_touched_month('known_period', 'moment_months') }}

),

counted as (

    select
        segment,
        outcome,
        touchpoint,
        is_good,
        outcome_is,
        known_place as begins,
        least(
            known_place + 12,
            lead(known_place, 1, known_place + 12) over (
                partition by met
                order by known_at, responded_at, tie
            )
        ) as ends,
    from placed
    where outcome_is is not null

),

open_spans as (

    select
        segment,
        outcome,
        touchpoint,
        place as begins,
        least(
            known_place,
            lead(place, 1, known_place) over (
                partition by met
                order by responded_at, tie
            )
        ) as ends,
    from placed

),

spans as (

    select
        segment,
        outcome,
        touchpoint,
        begins,
        ends,
        case when is_good then 'good_' else 'bad_' end || outcome_is as kind,
    from counted
    union all by name
    select
        *,
        'open' as kind,
    from open_spans

),

both_edges as (

    select
        segment,
        outcome,
        touchpoint,
        kind,
        unnest([begins, ends]) as place,
        unnest([1, -1]) as more,
    from spans
    where begins < ends

),

sums as (

    select
        segment,
        outcome,
        touchpoint,
        kind,
        place,
        sum(more) as more,
    from both_edges
    group by segment, outcome, touchpoint, kind, place

),

edges as (

    select
        'all' as scope,
        *,
    from sums
    union all by name
    select
        'segment=' || segment as scope,
        *,
    from sums
    where segment is not null

),

periods as (

    select
        period,
        {{ place_of('period') }} as place,
        row_number() over (order by period) as months,
    from {{ ref('int_periods') }}
    qualify {{ is_touched_month('period', 'moment_months') }}

),

scopes as (

    select distinct scope
    from {{ ref('int_metric_cells') }}

),

outcomes as (

    select unnest(['recommendation', 'retention']) as outcome

)

select
    scopes.scope,
    periods.period,
    cast(least(periods.months, 12) as integer) as months,
    outcomes.outcome,
    touchpoints.touchpoint,
    {% for kind in [
        'good_positive', 'good_neutral', 'good_negative',
        'bad_positive', 'bad_neutral', 'bad_negative',
    ] -%}
        cast(coalesce(sum(edges.more) filter (where edges.kind = '{{ kind }}'), 0) as bigint)
            as {{ kind }},
    {% endfor -%}
    cast(coalesce(sum(edges.more) filter (where edges.kind = 'open'), 0) as bigint) as n_open,
from scopes
cross join periods
cross join outcomes
cross join {{ ref('touchpoints') }} as touchpoints
left join edges
    on
        scopes.scope = edges.scope
        and outcomes.outcome = edges.outcome
        and touchpoints.touchpoint = edges.touchpoint
        and periods.place >= edges.place
group by
    scopes.scope, periods.period, periods.months, outcomes.outcome, touchpoints.touchpoint,
    touchpoints.position
