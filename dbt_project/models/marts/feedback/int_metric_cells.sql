with sums as (

    select * from {{ ref('int_feedback_sums') }}
    where metric in ('nps', 'csat', 'ces')
    union all by name
    select * from {{ ref('int_answer_pairs') }}

),

-- Effort is reported twice: as a mean, and as the share who found it easy.
metrics as (

    select * from sums
    union all by name
    select * replace ('ces_top2' as metric) from sums
    where metric = 'ces'

),

-- The panel on the sample prints each survey's answers to the first metric it asks in a month.
first_asked as (

    select
        period,
        source,
        survey_id,
        arg_min(metric, list_position(['nps', 'csat', 'ces'], metric)) as metric,
        md5(concat_ws(chr(31), source, survey_id)) as survey,
    from sums
    where survey_id is not null
    group by period, source, survey_id

),

surveyed as (

    select
        metrics.*,
        first_asked.survey,
    from metrics
    left join first_asked
        on
            metrics.period = first_asked.period
            and metrics.source = first_asked.source
            and metrics.survey_id = first_asked.survey_id
            and metrics.metric = first_asked.metric

),

scoped as (

    select
        'all' as scope,
        *,
    from surveyed
    union all by name
    select
        'segment=' || segment as scope,
        *,
    from surveyed
    where segment is not null

),

grouped as (

    select
        scope,
        period,
        metric,
        touchpoint,
        journey_stage,
        channel,
        segment,
        survey,
        grouping(survey, touchpoint, journey_stage, channel, segment) as left_out,
        sum(n) as n,
        sum(sum_x) as sum_x,
        sum(sum_xx) as sum_xx,
        sum(sum_w) as sum_w,
        sum(sum_ww) as sum_ww,
        sum(successes) as successes,
        min(scale_min) as scale_min,
        max(scale_max) as scale_max,
        sum(promoters) as promoters,
        sum(passives) as passives,
        sum(detractors) as detractors,
        {{ sums_of_pairs() }},
    from scoped
    group by grouping sets (
        (scope, period, metric),
        (scope, period, metric, touchpoint),
        (scope, period, metric, journey_stage),
        (scope, period, metric, channel),
        (scope, period, metric, segment),
        (scope, period, metric, journey_stage, channel),
        (scope, period, metric, touchpoint, channel),
        (scope, period, metric, touchpoint, segment),
        (scope, period, metric, survey),
        (scope, period, metric, survey, touchpoint),
        (scope, period, metric, survey, journey_stage),
        (scope, period, metric, survey, channel)
    )

),

-- `left_out` has a bit for each dimension that is not in the group; answers that do not know their
-- member of a dimension are in no cell of it.
cells as (

    select
        * replace ({{ squares_of_customers(likeness_of_answers()) }} as sum_ww),
        case left_out
            when 31 then 'all'
            when 23 then 'touchpoint'
            when 27 then 'journey_stage'
            when 29 then 'channel'
            when 30 then 'segment'
            when 25 then 'journey_stage|channel'
            when 21 then 'touchpoint|channel'
            when 22 then 'touchpoint|segment'
            when 15 then 'survey'
            when 7 then 'survey|touchpoint'
            when 11 then 'survey|journey_stage'
            when 13 then 'survey|channel'
        end as dimension,
        case left_out
            when 31 then 'all'
            when 23 then touchpoint
            when 27 then journey_stage
            when 29 then channel
            when 30 then segment
            when 25 then journey_stage || '|' || channel
            when 21 then touchpoint || '|' || channel
            when 22 then touchpoint || '|' || segment
            when 15 then survey
            when 7 then survey || '|' || touchpoint
            when 11 then survey || '|' || journey_stage
            when 13 then survey || '|' || channel
        end as member,
    from grouped

),

series as (

    select
        scope,
        metric,
        dimension,
        member,
        min(period) as first_period,
        max(period) as last_period,
    from cells
    where member is not null
    group by scope, metric, dimension, member

)

select
    series.scope,
    periods.period,
    series.metric,
    series.dimension,
    series.member,
    cast(coalesce(cells.n, 0) as bigint) as n,
    cast(coalesce(cells.sum_x, 0) as double) as sum_x,
    cast(coalesce(cells.sum_xx, 0) as double) as sum_xx,
    cast(coalesce(cells.sum_w, 0) as double) as sum_w,
    cast(coalesce(cells.sum_ww, 0) as double) as sum_ww,
    cast(coalesce(cells.successes, 0) as double) as successes,
    cast(cells.scale_min as double) as scale_min,
    cast(cells.scale_max as double) as scale_max,
    cast(coalesce(cells.promoters, 0) as bigint) as promoters,
    cast(coalesce(cells.passives, 0) as bigint) as passives,
    cast(coalesce(cells.detractors, 0) as bigint) as detractors,
    cast(null as double) as value_override,
    cast(null as double) as low_override,
    cast(null as double) as high_override,
from series
cross join {{ ref('int_periods') }} as periods
left join cells
    on
        series.scope = cells.scope
        and series.metric = cells.metric
        and series.dimension = cells.dimension
        and series.member = cells.member
        and periods.period = cells.period
-- A company may have a new survey every month.
where
    series.dimension not like 'survey%'
    or periods.period between series.first_period and series.last_period
