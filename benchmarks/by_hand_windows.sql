-- What can only be counted when it is known which cells are printed.
create table channel_pairs as
with cells as (
    select cells.*, place, suppressed,
        not suppressed and cells.n > 0 as is_shown,
        split_part(member, '|', 1) as journey_stage, split_part(member, '|', 2) as channel,
    from feedback_cells as cells
    inner join (select scope, period, metric, dimension, member, suppressed from statistics)
        as printed using (scope, period, metric, dimension, member)
    inner join periods using (period)
    where dimension = 'journey_stage|channel'
), shown as (
    select scope, place, metric, journey_stage, channel from cells where is_shown
), scores as (
    from repeats
    union all by name
    select * replace ('ces_top2' as metric) from repeats where metric = 'ces'
), scoped as (
    select 'all' as scope, * from scores
    union all by name
    select 'segment=' || segment as scope, * from scores where segment is not null
), alike as (
    select
        scoped.scope, periods.period, scoped.metric, scoped.journey_stage, scoped.channel,
        sum(pair_w) as pair_w,
        sum(case when scoped.metric in ('csat', 'ces_top2') then pair_top else pair_x end) as pair_x,
        sum(case when scoped.metric in ('csat', 'ces_top2') then pair_tops else pair_xx end)
            as pair_xx,
    from scoped
    inner join shown as later using (scope, place, metric, journey_stage, channel)
    inner join shown as earlier
        on scoped.scope = earlier.scope and scoped.earlier_place = earlier.place
        and scoped.metric = earlier.metric and scoped.journey_stage = earlier.journey_stage
        and scoped.channel = earlier.channel
    inner join periods on periods.place between scoped.place and scoped.earlier_place + 11
    group by all
), sums as (
    select
        scope, periods.period, periods.months, metric, journey_stage, channel,
        any_value(channel_seed.position) as position,
        coalesce(sum(n) filter (where is_shown), 0)::bigint as n,
        coalesce(sum(sum_x) filter (where is_shown), 0) as sum_x,
        coalesce(sum(sum_xx) filter (where is_shown), 0) as sum_xx,
        coalesce(sum(sum_w) filter (where is_shown), 0) as sum_w,
        coalesce(sum(sum_ww) filter (where is_shown), 0) as sum_ww,
        coalesce(sum(successes) filter (where is_shown), 0) as successes,
        count(*) filter (where suppressed)::integer as months_hidden,
    from cells
    inner join periods on cells.place between periods.place - 11 and periods.place
    inner join channel_seed using (channel)
    group by scope, periods.period, periods.months, metric, journey_stage, channel
), windows as (
    select sums.* replace (
        sum_ww + case when metric in ('csat', 'ces_top2')
            then shared_squares(
                successes / sum_w, successes / sum_w * (1 - successes / sum_w),
                pair_w, pair_x, pair_xx)
            else shared_squares(
                sum_x / sum_w, sum_xx / sum_w - (sum_x / sum_w) ** 2, pair_w, pair_x, pair_xx)
        end as sum_ww)
    from sums left join alike using (scope, period, metric, journey_stage, channel)
), pairs as (
    select
        a.scope, a.period, a.months, a.metric, a.journey_stage,
        a.channel as channel_a, b.channel as channel_b, a.n as n_a, a.sum_x as sum_x_a,
        a.sum_xx as sum_xx_a, a.sum_w as sum_w_a, a.sum_ww as sum_ww_a,
        a.successes as successes_a, a.months_hidden as months_hidden_a, b.n as n_b,
        b.sum_x as sum_x_b, b.sum_xx as sum_xx_b, b.sum_w as sum_w_b, b.sum_ww as sum_ww_b,
        b.successes as successes_b, b.months_hidden as months_hidden_b,
    from windows as a inner join windows as b
        on a.scope = b.scope and a.period = b.period and a.metric = b.metric
        and a.journey_stage = b.journey_stage
        and (a.position, a.channel) < (b.position, b.channel)
)
from pairs
union all by name
-- A stage with fewer than two channels has a row that says so.
select
    told.scope, told.period, told.months, told.metric, stages.journey_stage,
    channel as channel_a, null::varchar as channel_b, coalesce(n, 0) as n_a,
    coalesce(sum_x, 0) as sum_x_a, coalesce(sum_xx, 0) as sum_xx_a, coalesce(sum_w, 0) as sum_w_a,
    coalesce(sum_ww, 0) as sum_ww_a, coalesce(successes, 0) as successes_a,
    coalesce(months_hidden, 0) as months_hidden_a, 0 as n_b, 0 as sum_x_b, 0 as sum_xx_b,
    0 as sum_w_b, 0 as sum_ww_b, 0 as successes_b, 0 as months_hidden_b,
from (select distinct scope, period, months, metric from windows) as told
cross join stage_seed as stages
left join windows
    on told.scope = windows.scope and told.period = windows.period
    and told.metric = windows.metric and stages.journey_stage = windows.journey_stage
anti join pairs
    on told.scope = pairs.scope and told.period = pairs.period
    and told.metric = pairs.metric and stages.journey_stage = pairs.journey_stage;

create table movement_tests as
select cells.*, coalesce(printed.suppressed, false) as is_hidden,
    totals.suppressed as is_total_hidden, totals.change,
from movement_cells as cells
inner join statistics as totals
    on cells.scope = totals.scope and cells.period = totals.period
    and cells.metric = totals.metric and totals.dimension = 'all'
left join statistics as printed
    on cells.scope = printed.scope and cells.period = printed.period
    and cells.metric = printed.metric and cells.dimension = printed.dimension
    and cells.member = printed.member;
