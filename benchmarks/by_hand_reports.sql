-- From the library's judgements to the reporting tables.
create table members as
with plain as (
    select 'touchpoint' as dimension, touchpoint as member, label, position from touchpoint_seed
    union all select 'journey_stage', journey_stage, label, position from stage_seed
    union all select 'channel', channel, label, position from channel_seed
    union all select 'segment', segment, label, position from segment_seed
)
select 'all' as dimension, 'all' as member, 'All' as label, 0 as position
union all from plain
union all
select
    a.dimension || '|' || b.dimension, a.member || '|' || b.member, a.label || ', ' || b.label,
    a.position * 1000 + b.position,
from plain as a inner join plain as b
    on (a.dimension, b.dimension) in (('journey_stage', 'channel'), ('touchpoint', 'segment'));

create table out.rpt_metrics as
select
    statistics.* exclude (previous_n), coalesce(members.label, member) as label,
    coalesce(members.position, 0)::integer as position, metrics.unit, metrics.better, previous_n,
    targets.target,
    case when suppressed then 'suppressed' when n = 0 then 'no_data'
        when value is null then 'too_few' end as missing,
from statistics
inner join metrics using (metric)
left join members using (dimension, member)
left join targets
    on statistics.metric = targets.metric and statistics.dimension = targets.dimension
    and statistics.member = targets.member
    and (statistics.period || '-01')::date
    between targets.valid_from::date and coalesce(targets.valid_to::date, date '9999-12-31')
where statistics.dimension != 'touchpoint|channel';

create table out.rpt_distribution as
select
    scope, period, metric, dimension, member, bucket[1] as bucket, bucket[2] as position,
    case when not suppressed then bucket[3] end as n,
    case when not suppressed and cells.n > 0 then 100 * bucket[4] / sum_w end as share,
from (
    select *, unnest([
        ('detractors', 1, detractors, (sum_xx - sum_x) / 2),
        ('passives', 2, passives, sum_w - sum_xx),
        ('promoters', 3, promoters, (sum_xx + sum_x) / 2)
    ]) as bucket,
    from feedback_cells where metric = 'nps' and dimension in ('all', 'journey_stage', 'segment')
) as cells
inner join (select scope, period, metric, dimension, member, suppressed from statistics) as printed
    using (scope, period, metric, dimension, member);

-- A total beside the metrics that are printed would tell of one that is not.
create table out.rpt_periods as
with counted as (
    select period, metric::varchar as metric, false as is_case, sum(n)::bigint as n,
    from sums inner join periods using (place) group by all
    union all
    select period, metric, true, sum(n)::bigint
    from case_counts inner join periods using (place) where metric = 'case_volume' group by all
), told as (
    select
        period, is_case, sum(counted.n)::bigint as n,
        bool_or(coalesce(suppressed, false) or counted.n < 5) as is_hidden,
    from counted
    left join (from statistics where scope = 'all' and dimension = 'all') as printed
        using (period, metric)
    group by all
)
select
    period, starts_at, ends_at,
    case when not coalesce(a.is_hidden, false) then coalesce(a.n, 0) end as answers,
    case when not coalesce(c.is_hidden, false) then coalesce(c.n, 0) end as cases,
from periods
left join (from told where not is_case) as a using (period)
left join (from told where is_case) as c using (period);

create table out.rpt_quarantine as
select period, 'answers' as source, reason, count(*) as n,
from answers inner join (select distinct
    place, format('{:04d}-{:02d}', (place - 1) // 12, (place - 1) % 12 + 1) as period from clock
) using (place)
where reason is not null and reason != 'blank' group by all;

create table out.rpt_movement as
select
    movement.* exclude (p_adjusted), tests.p_adjusted,
    coalesce(members.label, case member when 'unknown' then 'Unknown' end, member) as label,
    coalesce(members.position, 1000000)::integer as position,
from (select *, null as p_adjusted from movement) as movement
left join (
    select scope, period, metric, dimension, member, p_adjusted from statistics
) as tests using (scope, period, metric, dimension, member)
left join members using (dimension, member);

-- A stage's pain point takes most from its score: its share of the answers times how far it lies
-- below the others.
create table out.rpt_journey as
with scores as (
    select statistics.*, sum_w, successes,
    from statistics
    inner join (
        select scope, period, metric, dimension, member, sum_w, successes from feedback_cells
    ) as cells using (scope, period, metric, dimension, member)
    where metric = 'csat'
), pains as (
    select
        parts.scope, parts.period, touchpoints.journey_stage, touchpoints.touchpoint,
        touchpoints.label, parts.value, parts.low, parts.high, parts.n,
        100 * (
            (stages.successes - parts.successes) * parts.sum_w / (stages.sum_w - parts.sum_w)
            - parts.successes
        ) / stages.sum_w as cost,
    from scores as parts
    inner join touchpoint_seed as touchpoints
        on parts.dimension = 'touchpoint' and parts.member = touchpoints.touchpoint
    inner join scores as stages
        on stages.dimension = 'journey_stage' and parts.scope = stages.scope
        and parts.period = stages.period and touchpoints.journey_stage = stages.member
    where parts.n >= 5 and not parts.suppressed and stages.n >= 5 and not stages.suppressed
        and stages.n - parts.n >= 5 and stages.sum_w > parts.sum_w and cost > 0
    qualify row_number() over (
        partition by parts.scope, parts.period, touchpoints.journey_stage
        order by cost desc, touchpoints.position
    ) = 1
), volumes as (
    select
        scope, period, member as journey_stage, max(n) filter (where measure = 'volume') as volume,
        max(n) filter (where measure = 'interactions') as interactions,
    from volumes_printed where dimension = 'journey_stage' group by all
)
select
    scopes.scope, periods.period, stages.journey_stage, stages.label, stages.position,
    case when not coalesce(scores.suppressed, false) then coalesce(scores.n, 0) end as n,
    scores.value, scores.low, scores.high, 'csat' as metric, scores.previous, scores.change,
    scores.p_adjusted, volume, interactions, pains.touchpoint as pain_touchpoint,
    pains.label as pain_label, pains.value as pain_value, pains.low as pain_low,
    pains.high as pain_high, pains.n as pain_n, pains.cost as pain_cost,
    coalesce(scores.suppressed, false) as suppressed,
from (select distinct scope from feedback_cells) as scopes
cross join periods cross join stage_seed as stages
left join scores
    on scopes.scope = scores.scope and periods.period = scores.period
    and stages.journey_stage = scores.member and scores.dimension = 'journey_stage'
left join pains
    on scopes.scope = pains.scope and periods.period = pains.period
    and stages.journey_stage = pains.journey_stage
left join volumes
    on scopes.scope = volumes.scope and periods.period = volumes.period
    and stages.journey_stage = volumes.journey_stage;

-- Stage by touchpoint by channel with the margins, whether there is anything or not.
create table out.rpt_journey_cells as
with parts as (
    select
        t.journey_stage, s.label as stage_label, s.position as stage_position, t.touchpoint,
        t.label as touchpoint_label, t.position as touchpoint_position, true as is_touchpoint,
    from touchpoint_seed as t left join stage_seed as s using (journey_stage)
    union all
    select journey_stage, label, position, 'all', 'All', null, false from stage_seed
), channels as (
    select channel, label as channel_label, position as channel_position, true as is_channel,
    from channel_seed union all select 'all', 'All', null, false
), places as (
    select *,
        case when is_touchpoint then touchpoint else journey_stage end
        || case when is_channel then '|' || channel else '' end as member,
        case when is_touchpoint then 'touchpoint' else 'journey_stage' end
        || case when is_channel then '|channel' else '' end as dimension,
        (row_number() over (
            order by stage_position nulls last, journey_stage, is_touchpoint, touchpoint_position,
                touchpoint, is_channel, channel_position, channel
        ))::integer as position,
    from parts cross join channels
)
select
    scopes.scope, periods.period, asked.metric, asked.unit, journey_stage, stage_label,
    touchpoint, touchpoint_label, channel, channel_label, places.position,
    case when not coalesce(cells.suppressed, false) then coalesce(cells.n, 0) end as n,
    cells.value, cells.low, cells.high,
    case when not coalesce(volumes.suppressed, false) then coalesce(volumes.n, 0) end as volume,
    coalesce(cells.suppressed, false) as suppressed,
from (select distinct scope from feedback_cells) as scopes
cross join periods
cross join (
    from metrics where metric = 'csat' or metric in (
        select metric from feedback_cells where dimension in ('journey_stage', 'touchpoint')
    )
) as asked
cross join places
left join statistics as cells
    on scopes.scope = cells.scope and periods.period = cells.period
    and asked.metric = cells.metric and places.dimension = cells.dimension
    and places.member = cells.member
left join (from volumes_printed where measure = 'volume') as volumes
    on scopes.scope = volumes.scope and periods.period = volumes.period
    and places.dimension = volumes.dimension and places.member = volumes.member;

create table out.rpt_moments as
select moments.*, label from moments inner join touchpoint_seed using (touchpoint);
create table out.rpt_consistency as
select
    consistency.*, stages.label, stages.position, a.label as channel_a_label,
    b.label as channel_b_label,
from consistency inner join stage_seed as stages using (journey_stage)
left join channel_seed as a on channel_a = a.channel
left join channel_seed as b on channel_b = b.channel;
create table out.rpt_paths as
select paths.*, a.label as from_label, b.label as to_label
from paths
inner join touchpoint_seed as a on from_touchpoint = a.touchpoint
inner join touchpoint_seed as b on to_touchpoint = b.touchpoint;
create table out.rpt_money as from money;
create table out.rpt_survival as from survival;
create table out.rpt_sample as from sample;
create table out.rpt_gaming as from gaming;
create table out.rpt_closed_loop as from loop;
create table out.rpt_action_effects as
select
    'all' as scope, effects.*, coalesce(members.label, member) as label, metrics.unit,
    metrics.better,
from effects inner join metrics using (metric) left join members using (dimension, member);
