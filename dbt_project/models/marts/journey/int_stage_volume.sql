-- How often a stage was met in a month: interactions as the sources tell them, and meetings; these
-- by touchpoint and channel too. A stage has a row whether anybody was met there or not.
with meetings as (

    select
        segment,
        period,
        touchpoint,
        journey_stage,
        channel,
        count(*) as n,
    from {{ ref('int_meetings') }}
    group by segment, period, touchpoint, journey_stage, channel

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

grouped as (

    select
        scope,
        period,
        measure,
        touchpoint,
        journey_stage,
        channel,
        grouping(touchpoint, journey_stage, channel) as left_out,
        cast(sum(n) as bigint) as n,
    from scoped
    group by grouping sets (
        (scope, period, measure, journey_stage),
        (scope, period, measure, journey_stage, channel),
        (scope, period, measure, touchpoint),
        (scope, period, measure, touchpoint, channel)
    )

),

-- `left_out` has a bit for each column that is not in the group; what does not know its member of
-- one is in no cell of it.
sums as (

    select
        scope,
        period,
        measure,
        n,
        case left_out
            when 5 then 'journey_stage'
            when 4 then 'journey_stage|channel'
            when 3 then 'touchpoint'
            when 2 then 'touchpoint|channel'
        end as dimension,
        case left_out
            when 5 then journey_stage
            when 4 then journey_stage || '|' || channel
            when 3 then touchpoint
            when 2 then touchpoint || '|' || channel
        end as member,
    from grouped

),

scopes as (

    select distinct scope
    from {{ ref('int_metric_cells') }}

),

measures as (

    select unnest(['volume', 'interactions']) as measure

),

every_stage as (

    select
        scopes.scope,
        periods.period,
        measures.measure,
        'journey_stage' as dimension,
        stages.journey_stage as member,
    from scopes
    cross join {{ ref('int_periods') }} as periods
    cross join {{ ref('journey_stages') }} as stages
    cross join measures

)

select
    scope,
    period,
    measure,
    dimension,
    member,
    coalesce(sums.n, 0) as n,
from every_stage
left join sums using (scope, period, measure, dimension, member)
union all by name
select
    sums.scope,
    sums.period,
    sums.measure,
    sums.dimension,
    sums.member,
    sums.n,
from sums
semi join scopes on sums.scope = scopes.scope
semi join {{ ref('int_periods') }} as periods on sums.period = periods.period
where sums.member is not null and sums.dimension != 'journey_stage' and sums.measure = 'volume'
