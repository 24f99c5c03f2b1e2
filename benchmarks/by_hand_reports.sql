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
from statistics
inner join metrics using (metric)
left join members using (dimension, member)
left join targets
    on statistics.metric = targets.metric and statistics.dimension = targets.dimension
    and statistics.member = targets.member
    and (statistics.period || '-01')::date
    between targets.valid_from::date and coalesce(targets.valid_to::date, date '9999-12-31');

create table out.rpt_distribution as
select
    scope, period, metric, dimension, member, bucket[1] as bucket, bucket[2] as position,
    case when not suppressed then bucket[3] end as n,
    case when not suppressed and cells.n > 0 then 100 * bucket[4] / sum_w end as share,
from (
    select *, unnest([
        ('detractors', 1, detractors, (sum_xx - sum_x) / 2), ('passives', 2, passives, sum_w - sum_xx),
        ('promoters', 3, promoters, (sum_xx + sum_x) / 2)
    ]) as bucket,
    from feedback_cells where metric = 'nps' and dimension in ('all', 'journey_stage', 'segment')
) as cells
inner join (select scope, period, metric, dimension, member, suppressed from statistics) as statistics
    using (scope, period, metric, dimension, member);

create table out.rpt_periods as
select
    period, starts_at, ends_at, coalesce(a.n, 0)::bigint as answers, coalesce(c.n, 0)::bigint as cases,
from periods
left join (select place, sum(n) as n from sums group by all) as a using (place)
left join (
    select place, sum(n) as n from case_counts where metric = 'case_volume' group by all
) as c using (place);

create table out.rpt_quarantine as
select
    coalesce(period, strftime(timezone('Europe/London', timezone('UTC', responded_at)), '%Y-%m'))
        as period,
    'answers' as source, reason, count(*) as n,
from answers left join periods using (place)
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

-- A stage's pain point takes most from its score: its share of the answers times what it lacks.
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
        100 * (parts.sum_w - parts.successes) / stages.sum_w as cost,
    from scores as parts
    inner join touchpoint_seed as touchpoints
        on parts.dimension = 'touchpoint' and parts.member = touchpoints.touchpoint
    inner join scores as stages
        on stages.dimension = 'journey_stage' and parts.scope = stages.scope
        and parts.period = stages.period and touchpoints.journey_stage = stages.member
    where parts.n >= 5 and not parts.suppressed and stages.n >= 5 and not stages.suppressed
        and parts.successes < parts.sum_w
    qualify row_number() over (
        partition by parts.scope, parts.period, touchpoints.journey_stage
        order by cost desc, touchpoints.position
    ) = 1
), volumes as (
    select
        scope, period, journey_stage, max(n) filter (where measure = 'volume') as volume,
        max(n) filter (where measure = 'interactions') as interactions,
    from volumes_printed group by all
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
