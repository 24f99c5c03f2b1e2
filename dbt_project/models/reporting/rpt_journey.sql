-- The emotion curve: how satisfied customers are stage by stage, a row for every stage whether
-- anybody answered or not. A stage's pain point is the touchpoint that takes most from the stage's
-- score: its share of the stage's answers times how far it lies below the stage's other answers,
-- which is what the stage would gain if it were like them.
with cells as (

    select
        statistics.*,
        cells.sum_w,
        cells.successes,
    from {{ ref('int_metric_statistics') }} as statistics
    inner join {{ ref('int_metric_cells') }} as cells
        on
            statistics.scope = cells.scope
            and statistics.period = cells.period
            and statistics.metric = cells.metric
            and statistics.dimension = cells.dimension
            and statistics.member = cells.member
    where statistics.metric = 'csat'

),

scopes as (

    select distinct scope
    from {{ ref('int_metric_cells') }}

),

-- What a record says of its stage wins over its touchpoint's. Where some do, a touchpoint's answers
-- are no part of its stage's, and cannot be set against the rest of them.
elsewhere as (

    select distinct
        sums.period,
        sums.touchpoint,
    from {{ ref('int_feedback_sums') }} as sums
    inner join {{ ref('touchpoints') }} as touchpoints on sums.touchpoint = touchpoints.touchpoint
    where sums.metric = 'csat' and sums.journey_stage is distinct from touchpoints.journey_stage

),

pains as (

    select
        cells.scope,
        cells.period,
        touchpoints.journey_stage,
        touchpoints.touchpoint,
        touchpoints.label,
        cells.value,
        cells.low,
        cells.high,
        cells.n,
        100 * (
            (stages.successes - cells.successes) * cells.sum_w / (stages.sum_w - cells.sum_w)
            - cells.successes
        ) / stages.sum_w as cost,
    from cells
    inner join {{ ref('touchpoints') }} as touchpoints on cells.member = touchpoints.touchpoint
    inner join cells as stages
        on
            cells.scope = stages.scope
            and cells.period = stages.period
            and touchpoints.journey_stage = stages.member
            and stages.dimension = 'journey_stage'
    anti join elsewhere
        on cells.period = elsewhere.period and cells.member = elsewhere.touchpoint
    where
        cells.dimension = 'touchpoint'
        and cells.n >= {{ var('minimum_n') }}
        and not cells.suppressed
        and stages.n >= {{ var('minimum_n') }}
        and not stages.suppressed
        and stages.n - cells.n >= {{ var('minimum_n') }}
        and stages.sum_w > cells.sum_w
        and cost > 0
    qualify row_number() over (
        partition by cells.scope, cells.period, touchpoints.journey_stage
        order by cost desc, touchpoints.position asc
    ) = 1

),

volumes as (

    select
        scope,
        period,
        member as journey_stage,
        max(n) filter (where measure = 'volume') as volume,
        max(n) filter (where measure = 'interactions') as interactions,
    from {{ ref('int_stage_volume_printed') }}
    where dimension = 'journey_stage'
    group by scope, period, member

)

select
    scopes.scope,
    periods.period,
    stages.journey_stage,
    stages.label,
    stages.position,
    case when coalesce(cells.suppressed, false) then null else coalesce(cells.n, 0) end as n,
    cells.value,
    cells.low,
    cells.high,
    'csat' as metric,
    cells.previous,
    cells.change,
    cells.p_adjusted,
    volumes.volume,
    volumes.interactions,
    pains.touchpoint as pain_touchpoint,
    pains.label as pain_label,
    pains.value as pain_value,
    pains.low as pain_low,
    pains.high as pain_high,
    pains.n as pain_n,
    pains.cost as pain_cost,
    coalesce(cells.suppressed, false) as suppressed,
from scopes
cross join {{ ref('int_periods') }} as periods
cross join {{ ref('journey_stages') }} as stages
left join cells
    on
        scopes.scope = cells.scope
        and periods.period = cells.period
        and stages.journey_stage = cells.member
        and cells.dimension = 'journey_stage'
left join pains
    on
        scopes.scope = pains.scope
        and periods.period = pains.period
        and stages.journey_stage = pains.journey_stage
left join volumes
    on
        scopes.scope = volumes.scope
        and periods.period = volumes.period
        and stages.journey_stage = volumes.journey_stage
