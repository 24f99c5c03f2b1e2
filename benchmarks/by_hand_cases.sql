-- Support: the figures of a month, by channel and segment, of what became of each case.

-- What is known seven days later: whether the customer was back, and how a bot's talk came out.
create table looked_after as
select
    clock.place, channel, segment, customer_key,
    coalesce(next_case_at <= judged_at, false) or coalesce(spans.opened_at <= judged_at, false)
        as is_back,
from (
    select *, lead(created_at) over (partition by customer_key order by created_at, case_id)
        as next_case_at,
    from (
        select number, case_id, customer_key, created_at, channel, segment, judged_at,
            is_first_by_people,
        from measured where customer_key is not null
    )
)
inner join clock on hour_of(judged_at) = clock.hour
left join (from open_spans where stretch = 2) as spans using (number)
where is_first_by_people and judged_at <= getvariable('watermark')::timestamp;
create table talks as
select
    clock.place, channel, segment, customer_key,
    coalesce(first_agent_at <= bot_judged_at, false) as is_handed_over,
    case
        when number in (from tangled) then number in (
            select number from open_spans
            where opened_at <= bot_judged_at and coalesce(resolved_at > bot_judged_at, true)
        )
        else coalesce(first_resolved_at > bot_judged_at, true)
    end as is_open,
from measured inner join clock on hour_of(bot_judged_at) = clock.hour
where bot_judged_at <= getvariable('watermark')::timestamp;

-- How many cases, and of how many it is true, in each month for each channel and segment.
create table case_counts as
with created as (
    select
        created_place as place, channel, segment, count(*) as n,
        count(*) filter (where is_peoples and is_breach is not null) as targeted,
        count(*) filter (where is_peoples and not is_breach) as in_target,
    from measured group by all
), resolved as (
    select
        last_place as place, channel, segment,
        count(*) filter (where is_first_by_people) as by_people,
        count(*) filter (where is_first_by_people and times_solved > 1) as reopened,
        count(*) filter (where is_peoples) as handled,
        count(*) filter (where is_peoples and is_one_touch) as one_touch,
    from measured where is_resolved group by all
), rated as (
    select rated_place as place, channel, segment, count(*) as n,
        count(*) filter (where rating = 'good') as successes,
    from measured where rating is not null group by all
), contacts as (
    select place, channel, segment, count(*) as n, count(*) filter (where not is_back) as successes,
    from looked_after group by all
), by_bot as (
    select
        place, channel, segment, count(*) as n,
        count(*) filter (where is_handed_over) as handed_over,
        count(*) filter (where not is_handed_over and not is_open) as resolved,
    from talks group by all
), spans as (
    select channel, segment, created_place as opens, first_place as closes, count(*) as n,
    from measured anti join tangled using (number) group by all
    union all by name
    select channel, segment, a.place as opens, b.place as closes, count(*) as n,
    from open_spans inner join measured using (number)
    inner join clock as a on hour_of(opened_at) = a.hour
    left join clock as b on hour_of(resolved_at) = b.hour
    group by all
), backlog as (
    select periods.place, channel, segment, sum(n)::bigint as n,
    from spans
    inner join periods on opens <= periods.place and coalesce(closes > periods.place, true)
    where starts_at <= getvariable('watermark')::timestamptz
    group by all
)
select 'case_volume' as metric, place, channel, segment, n, 0 as successes from created
union all select 'first_reply_in_target', place, channel, segment, targeted, in_target from created
union all select 'reopen_rate', place, channel, segment, by_people, reopened from resolved
union all select 'one_touch_rate', place, channel, segment, handled, one_touch from resolved
union all select 'case_csat', place, channel, segment, n, successes from rated
union all select 'first_contact_resolution', place, channel, segment, n, successes from contacts
union all select 'bot_resolution_rate', place, channel, segment, n, resolved from by_bot
union all select 'bot_handover_rate', place, channel, segment, n, handed_over from by_bot
union all select 'case_backlog', place, channel, segment, n, 0 from backlog;

create table case_minutes as
select 'first_reply_minutes' as metric, created_place as place, channel, segment,
    list(reply_minutes) as minutes,
from measured where reply_minutes is not null group by all
union all
select 'first_resolution_minutes', first_place, channel, segment, list(first_minutes),
from measured where first_minutes is not null and is_first_by_people group by all
union all
select 'full_resolution_minutes', last_place, channel, segment, list(last_minutes),
from measured where last_minutes is not null and is_resolved and is_peoples group by all;

create table halves as
select metric, place, list_median(flatten(list(minutes))) as half from case_minutes group by all;

-- A customer's cases, two at a time, for what they are worth together: by channel, and over all. Of
-- times, whether they are longer than the median of all.
create table case_pairs as
with of_customers as (
    select metric, place, channel, segment, customer_key,
        count(*) as n, count(*) filter (where is_so) as good,
    from (
        select 'first_reply_in_target' as metric, created_place as place, channel, segment,
            customer_key, not is_breach as is_so,
        from measured where is_peoples and is_breach is not null
        union all
        select 'reopen_rate', last_place, channel, segment, customer_key, times_solved > 1,
        from measured where is_resolved and is_first_by_people
        union all
        select 'one_touch_rate', last_place, channel, segment, customer_key, is_one_touch,
        from measured where is_resolved and is_peoples
        union all
        select 'case_csat', rated_place, channel, segment, customer_key, rating = 'good',
        from measured where rating is not null
        union all
        select 'first_contact_resolution', place, channel, segment, customer_key, not is_back,
        from looked_after
        union all
        select 'bot_resolution_rate', place, channel, segment, customer_key,
            not is_handed_over and not is_open,
        from talks
        union all
        select 'bot_handover_rate', place, channel, segment, customer_key, is_handed_over,
        from talks
        union all
        select metric, place, channel, segment, customer_key, reply_minutes > half,
        from measured inner join halves on created_place = place
        where metric = 'first_reply_minutes' and reply_minutes is not null
        union all
        select metric, place, channel, segment, customer_key, first_minutes > half,
        from measured inner join halves on first_place = place
        where metric = 'first_resolution_minutes' and first_minutes is not null
            and is_first_by_people
        union all
        select metric, place, channel, segment, customer_key, last_minutes > half,
        from measured inner join halves on last_place = place
        where metric = 'full_resolution_minutes' and last_minutes is not null
            and is_resolved and is_peoples
    )
    where customer_key is not null
    group by all
), over_channels as (
    select metric, place, segment, sum(n) as n, sum(good) as good,
    from of_customers group by metric, place, segment, customer_key having sum(n) > 1
), several as (
    select metric, place, channel, segment, n, good, true as is_of_channel
    from of_customers where n > 1
    union all by name select *, false as is_of_channel from over_channels
)
select
    metric, place, channel, segment,
    case when is_of_channel then 0 else 2 end + grouping(segment) as left_out,
    sum(n * (n - 1) / 2)::double as pairs, sum(good * (n - 1))::double as goods,
    sum(good * (good - 1) / 2)::double as both_good,
from several
group by grouping sets (
    (metric, place, is_of_channel, channel), (metric, place, is_of_channel, channel, segment)
);

create macro sorted_minutes(of) as table
select
    metric, place, channel, segment, grouping(channel, segment) as left_out,
    sum(len(case_minutes.minutes))::bigint as n,
    sum(len(list_filter(case_minutes.minutes, lambda took: took > half))) as successes,
    list_sort(flatten(list(case_minutes.minutes))) as minutes,
from case_minutes inner join halves using (metric, place) where metric = of
group by grouping sets (
    (metric, place), (metric, place, channel), (metric, place, segment),
    (metric, place, channel, segment)
);

-- A cell of a segment is three: the segment's in the whole, and the segment's own whole and part.
create table support_cells as
with grouped as (
    select
        metric, place, channel, segment, grouping(channel, segment) as left_out,
        sum(n)::bigint as n,
        sum(successes) as successes, null::double[] as minutes,
    from case_counts where n > 0
    group by grouping sets (
        (metric, place), (metric, place, channel), (metric, place, segment),
        (metric, place, channel, segment)
    )
    union all by name from sorted_minutes('first_reply_minutes')
    union all by name from sorted_minutes('first_resolution_minutes')
    union all by name from sorted_minutes('full_resolution_minutes')
), paired as (
    select grouped.*, pairs,
        case when successes not in (0, n) then greatest(0, least(1,
            (both_good - successes / n * goods + (successes / n) ** 2 * pairs)
            / pairs / (successes / n * (1 - successes / n))
        )) end as likeness,
    from grouped
    left join case_pairs as pairs_of
        on grouped.metric = pairs_of.metric and grouped.place = pairs_of.place
        and grouped.left_out = pairs_of.left_out
        and grouped.channel is not distinct from pairs_of.channel
        and grouped.segment is not distinct from pairs_of.segment
    where (grouped.left_out in (2, 3) or grouped.channel is not null)
        and (grouped.left_out in (1, 3) or grouped.segment is not null)
), ranked as (
    select * exclude (pairs, likeness),
        n + 2 * coalesce(pairs * coalesce(
            likeness, max(likeness) filter (where left_out = 3) over (partition by metric, place), 1
        ), 0) as sum_ww,
        greatest(0, floor((n + 1) / 2.0 - 1.959964 * sqrt(sum_ww) / 2.0))::bigint as bound,
        n * 0.9 + 0.5 - 0.8 * (1.959964 * 1.959964 - 1) / 6 * sum_ww / n as middle,
        1.959964 * sqrt(sum_ww * 0.09) as spread,
        ceil(middle + spread)::bigint as high90,
        n = 5 and sum_ww = 5 and minutes is not null as is_just_five,
    from paired
), figures as (
    select * exclude (minutes) replace (if(minutes is null, successes, 0) as successes),
        case when metric in ('case_volume', 'case_backlog') then n
            else list_median(minutes) end
            ::double as value,
        case when bound > 0 then minutes[bound] when is_just_five then 0 end::double as low,
        case when bound > 0 or is_just_five then minutes[n - greatest(bound, 1) + 1] end::double
            as high,
    from ranked
    union all by name
    select * exclude (minutes) replace (metric || '_p90' as metric, 0 as successes),
        list_aggregate(minutes, 'quantile_cont', 0.9) as value,
        minutes[floor(middle - spread)::bigint] as low, minutes[high90] as high,
    from ranked where minutes is not null and high90 <= n
    union all by name
    select * exclude (minutes) replace (metric || '_p90' as metric, 0 as successes),
    from ranked where minutes is not null and high90 > n
), cells as (
    select unnest(case left_out
        when 3 then [('all', 'all', 'all')]
        when 1 then [('all', 'channel', channel::varchar)]
        when 0 then [('segment=' || segment, 'channel', channel::varchar)]
        else [('all', 'segment', segment::varchar), ('segment=' || segment, 'all', 'all'),
            ('segment=' || segment, 'segment', segment::varchar)]
        end) as cell,
        metric, place, n, sum_ww, successes, value, low, high,
    from figures
), named as (
    select cell[1] as scope, cell[2] as dimension, cell[3] as member, * exclude (cell) from cells
)
select
    scope, period, metric, dimension, member, coalesce(n, 0)::bigint as n, 0::double as sum_x,
    0::double as sum_xx, coalesce(n, 0)::double as sum_w,
    coalesce(sum_ww, n, 0)::double as sum_ww,
    coalesce(successes, 0)::double as successes, 0::bigint as promoters, 0::bigint as passives,
    0::bigint as detractors,
    case when metric in ('case_volume', 'case_backlog') then coalesce(n, 0)::double else value end
        as value_override,
    low as low_override, high as high_override,
from (select distinct scope, metric, dimension, member from named)
cross join periods
left join named using (scope, metric, dimension, member, place);
