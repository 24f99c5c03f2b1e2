-- The journey, stage by touchpoint by channel, with its margins (`all`): a row for all that is
-- configured, so that what has no data says so. It describes and claims nothing: no cell is tested.
-- The metrics are satisfaction and what else was ever asked about a part of the journey.
with metrics as (

    select
        metric,
        unit,
    from {{ ref('metrics') }}
    where
        metric = 'csat'
        or metric in (
            select metric from {{ ref('int_metric_cells') }}
            where dimension in ('journey_stage', 'touchpoint')
        )

),

touchpoints as (

    select
        touchpoints.journey_stage,
        stages.label as stage_label,
        stages.position as stage_position,
        touchpoints.touchpoint,
        touchpoints.label as touchpoint_label,
        touchpoints.position as touchpoint_position,
        true as is_touchpoint,
    from {{ ref('touchpoints') }} as touchpoints
    left join {{ ref('journey_stages') }} as stages
        on touchpoints.journey_stage = stages.journey_stage
    union all by name
    select
        journey_stage,
        label as stage_label,
        position as stage_position,
        'all' as touchpoint,
        'All' as touchpoint_label,
        false as is_touchpoint,
    from {{ ref('journey_stages') }}

),

channels as (

    select
        channel,
        label as channel_label,
        position as channel_position,
        true as is_channel,
    from {{ ref('channels') }}
    union all by name
    select
        'all' as channel,
        'All' as channel_label,
        false as is_channel,

),

places as (

    select
        *,
        case when is_touchpoint then touchpoint else journey_stage end
        || case when is_channel then '|' || channel else '' end as member,
        case when is_touchpoint then 'touchpoint' else 'journey_stage' end
        || case when is_channel then '|channel' else '' end as dimension,
        row_number() over (
            order by
                stage_position asc nulls last,
                journey_stage asc,
                is_touchpoint asc,
                touchpoint_position asc,
                touchpoint asc,
                is_channel asc,
                channel_position asc,
                channel asc
        ) as position,
    from touchpoints
    cross join channels

),

scopes as (

    select distinct scope
    from {{ ref('int_metric_cells') }}

)

select
    scopes.scope,
    periods.period,
    metrics.metric,
    metrics.unit,
    places.journey_stage,
    places.stage_label,
    places.touchpoint,
    places.touchpoint_label,
    places.channel,
    places.channel_label,
    cast(places.position as integer) as position,
    case when coalesce(cells.suppressed, false) then null else coalesce(cells.n, 0) end as n,
    cells.value,
    cells.low,
    cells.high,
    case when volumes.suppressed then null else coalesce(volumes.n, 0) end as volume,
    coalesce(cells.suppressed, false) as suppressed,
from scopes
cross join {{ ref('int_periods') }} as periods
cross join metrics
cross join places
left join {{ ref('int_metric_statistics') }} as cells
    on
        scopes.scope = cells.scope
        and periods.period = cells.period
        and metrics.metric = cells.metric
        and places.dimension = cells.dimension
        and places.member = cells.member
left join {{ ref('int_stage_volume_printed') }} as volumes
    on
        scopes.scope = volumes.scope
        and periods.period = volumes.period
        and volumes.measure = 'volume'
        and places.dimension = volumes.dimension
        and places.member = volumes.member
