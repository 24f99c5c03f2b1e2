-- How often a stage was met in a month: interactions as the sources tell them, and meetings.
with meetings as (

    select
        segment,
        period,
        journey_stage,
        count(*) as n,
    from {{ ref('int_meetings') }}
    where journey_stage is not null
    group by segment, period, journey_stage

),

told as (

    select
        customers.segment,
        {{ period_of('interactions.occurred_at') }} as period,
        interactions.journey_stage,
    from {{ ref('interactions') }} as interactions
    left join {{ ref('dim_customers') }} as customers
        on interactions.customer_key = customers.customer_key
    left join {{ source('raw', 'sources') }} as sources on interactions.source = sources.source
    where interactions.journey_stage is not null and {{ is_in_history('interactions.occurred_at') }}

),

interactions as (

    select
        segment,
        period,
        journey_stage,
        count(*) as n,
    from told
    group by segment, period, journey_stage

),

counted as (

    select
        *,
        'volume' as measure,
    from meetings
    union all by name
    select
        *,
        'interactions' as measure,
    from interactions

),

scoped as (

    select
        'all' as scope,
        *,
    from counted
    union all by name
    select
        'segment=' || segment as scope,
        *,
    from counted
    where segment is not null

),

sums as (

    select
        scope,
        period,
        journey_stage,
        measure,
        sum(n) as n,
    from scoped
    group by scope, period, journey_stage, measure

),

scopes as (

    select distinct scope
    from {{ ref('int_metric_cells') }}

),

measures as (

    select unnest(['volume', 'interactions']) as measure

)

select
    scopes.scope,
    periods.period,
    stages.journey_stage,
    measures.measure,
    cast(coalesce(sums.n, 0) as bigint) as n,
from scopes
cross join {{ ref('int_periods') }} as periods
cross join {{ ref('journey_stages') }} as stages
cross join measures
left join sums
    on
        scopes.scope = sums.scope
        and periods.period = sums.period
        and stages.journey_stage = sums.journey_stage
        and measures.measure = sums.measure
