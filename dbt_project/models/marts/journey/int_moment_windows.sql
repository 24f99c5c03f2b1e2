{{ config(materialized='incremental', pre_hook="{{ forget_moments() }}") }}

-- The spans that a month lies in, counted: what the customers of the twelve months up to it said of
-- a touchpoint, and what became of them.
with spans as (

    select
        'all' as scope,
        *,
    from {{ ref('int_moment_spans') }}
    union all by name
    select
        'segment=' || segment as scope,
        *,
    from {{ ref('int_moment_spans') }}
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

sums as (

    select
        spans.scope,
        periods.period,
        spans.outcome,
        spans.touchpoint,
        spans.kind,
        sum(spans.n) as n,
    from spans
    inner join periods on spans.begins <= periods.place and spans.ends > periods.place
    group by spans.scope, periods.period, spans.outcome, spans.touchpoint, spans.kind

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
        cast(coalesce(sum(sums.n) filter (where sums.kind = '{{ kind }}'), 0) as bigint)
            as {{ kind }},
    {% endfor -%}
    cast(coalesce(sum(sums.n) filter (where sums.kind = 'open'), 0) as bigint) as n_open,
from scopes
cross join periods
cross join outcomes
cross join {{ ref('touchpoints') }} as touchpoints
left join sums
    on
        scopes.scope = sums.scope
        and periods.period = sums.period
        and outcomes.outcome = sums.outcome
        and touchpoints.touchpoint = sums.touchpoint
group by
    scopes.scope, periods.period, periods.months, outcomes.outcome, touchpoints.touchpoint,
    touchpoints.position
