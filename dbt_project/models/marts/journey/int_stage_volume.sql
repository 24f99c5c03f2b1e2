-- How often a stage was met in a month: interactions as the sources tell them, and meetings; these
-- by touchpoint and channel too. A stage has a row whether anybody was met there or not.
with counted as (

    select
        counts.* exclude (place),
        periods.period,
    from {{ ref('int_stage_counts') }} as counts
    inner join {{ ref('int_periods') }} as periods
        on counts.place = {{ place_of('periods.period') }}

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
            when 5 then cast(journey_stage as varchar)
            when 4 then journey_stage || '|' || channel
            when 3 then cast(touchpoint as varchar)
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
where sums.member is not null and sums.dimension != 'journey_stage' and sums.measure = 'volume'
