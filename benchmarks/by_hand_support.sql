-- Support: what became of each case, and the figures of a month, by channel and segment.

-- A case is tangled when an event of it was sent twice, or when it has several statuses or ratings:
-- what happened last takes an order then. The others have nothing to put in order.
create or replace table again as
select event_number from events group by event_number having count(*) > 1;
create table told as
select
    number, cases.created_at,
    min(moment) filter (where event = 'comment' and actor = 'agent' and is_public) as replied_at,
    count(*) filter (where event = 'comment' and actor = 'agent' and is_public) as replies,
    min(moment) filter (where actor = 'agent') as first_agent_at,
    min(moment) filter (where event = 'comment' and actor = 'bot' and is_public) as bot_at,
    count(*) filter (where event = 'status') as statuses,
    min(moment) filter (where event = 'status') as status_at,
    any_value(value) filter (where event = 'status') as status,
    count(*) filter (where event = 'satisfaction' and value not in ('offered', 'unoffered'))
        as ratings,
    min(moment) filter (where event = 'satisfaction' and value not in ('offered', 'unoffered'))
        as rated_at,
    any_value(value) filter (where event = 'satisfaction' and value not in ('offered', 'unoffered'))
        as rating,
from events
inner join cases using (number)
where moment >= created_at
group by number, cases.created_at;
create table tangled as
select number from told where statuses > 1 or ratings > 1
union select number from events where event_number in (from again);

create table tangled_events as
select sent.*, cases.created_at from sent_events as sent
semi join tangled using (number)
inner join cases using (number)
qualify row_number() over (
    partition by event_number order by changed_at desc, extracted_at desc, record_id desc
) = 1;
create table tangled_cases as
select
    number, created_at,
    min(moment) filter (where event = 'comment' and actor = 'agent' and is_public) as replied_at,
    count(*) filter (where event = 'comment' and actor = 'agent' and is_public) as replies,
    min(moment) filter (where actor = 'agent') as first_agent_at,
    min(moment) filter (where event = 'comment' and actor = 'bot' and is_public) as bot_at,
    arg_max(value, (moment, sequence, event_id)) filter (where event = 'status') as status,
    coalesce(
        min(moment) filter (where event = 'status' and value = 'solved'),
        min(moment) filter (where event = 'status' and value = 'closed')
    ) as first_resolved_at,
    coalesce(
        max(moment) filter (where event = 'status' and value = 'solved'),
        max(moment) filter (where event = 'status' and value = 'closed')
    ) as last_resolved_at,
    count(*) filter (where event = 'status' and value = 'solved') as times_solved,
    arg_max(value, (moment, sequence, event_id)) filter (
        where event = 'satisfaction' and value not in ('offered', 'unoffered')) as rating,
    max(moment) filter (
        where event = 'satisfaction' and value not in ('offered', 'unoffered')) as rated_at,
from tangled_events where moment >= created_at
group by number, created_at;

create table stories as
select
    number, replied_at, replies, first_agent_at, bot_at, status,
    case when status in ('solved', 'closed') then status_at end as first_resolved_at,
    first_resolved_at as last_resolved_at,
    coalesce(status = 'solved', false)::bigint as times_solved,
    rating, rated_at,
from told anti join tangled using (number)
union all by name select * exclude (created_at) from tangled_cases;
drop table told;

-- When a case was open: to its resolution, and of the tangled ones each time again.
create table open_spans as
with turns as (
    select
        number, moment, sequence, event_id, is_open,
        lag(is_open) over (partition by number order by moment, sequence, event_id) as was_open,
    from (
        select
            number, moment, sequence, event_id,
            not coalesce(value in ('solved', 'closed'), false) as is_open,
        from tangled_events where event = 'status' and moment >= created_at
        union all by name
        select number, created_at as moment, -1 as sequence, '' as event_id, true as is_open,
        from cases semi join tangled using (number)
    )
    qualify is_open is distinct from was_open
), stretches as (
    select
        number, is_open, moment as opened_at,
        lead(moment) over (partition by number order by moment, sequence, event_id) as resolved_at,
    from turns
)
select
    number, row_number() over (partition by number order by opened_at, resolved_at) as stretch,
    opened_at, resolved_at,
from stretches where is_open;

-- Open time before each quarter of an hour (opening hours begin and end with one).
create table open_quarters as
with days as (
    select unnest(generate_series(
        (select min(created_at)::date - 2 from cases),
        greatest(
            getvariable('watermark')::date, (select max(moment)::date from events)
        ) + 2, interval 1 day
    ))::date as day
), stretches as (
    select
        hours.schedule::schedule_t as schedule,
        timezone('UTC', timezone(hours.zone, day + hours.opens::time)) as opens_at,
        timezone('UTC', timezone(hours.zone, day + hours.closes::time)) as closes_at,
    from hours inner join days on hours.weekday = isodow(day)
    anti join holidays on hours.schedule = holidays.schedule and day = holidays.holiday
), open_ones as (
    select distinct
        schedule,
        unnest(range(epoch_us(opens_at) // 900000000, epoch_us(closes_at) // 900000000)) as quarter,
    from stretches
), quarters as (
    select schedule, unnest(range(
        (select epoch_us(min(day)::timestamp) // 900000000 from days),
        (select epoch_us(max(day)::timestamp) // 900000000 from days)
    )) as quarter
    from (select distinct schedule from stretches)
)
select
    quarters.schedule, quarters.quarter, open_ones.quarter is not null as is_open,
    900000000 * coalesce(count(open_ones.quarter) over (
        partition by quarters.schedule order by quarters.quarter
        rows between unbounded preceding and 1 preceding
    ), 0) - case when is_open then 900000000 * quarters.quarter else 0 end as before,
from quarters left join open_ones using (schedule, quarter);

create macro quarter_of(moment) as epoch_us(moment) // 900000000;
create macro minutes_between(before, later) as round((later - before) / 60000000.0, 4);

create table measured as
with joined as (
    select
        cases.number, cases.case_id, cases.customer_key, cases.channel, customers.segment, schedule,
        target, created_at, stories.* exclude (number),
        coalesce(
            replied_at, first_resolved_at,
            greatest(getvariable('watermark')::timestamp, created_at)
        ) as clock_ends_at,
        nullif(last_resolved_at, first_resolved_at) as resolved_again_at,
    from cases
    left join stories using (number)
    left join customers on cases.customer_key = customers.customer_key
), timed as (
    select
        joined.*,
        a.before + case when a.is_open then epoch_us(created_at) else 0 end as created_us,
        b.before + case when b.is_open then epoch_us(clock_ends_at) else 0 end as clock_us,
        c.before + case when c.is_open then epoch_us(first_resolved_at) else 0 end as first_us,
        d.before + case when d.is_open then epoch_us(resolved_again_at) else 0 end as last_us,
        minutes_between(created_us, clock_us) as clock_minutes,
    from joined
    left join open_quarters as a
        on joined.schedule = a.schedule and quarter_of(created_at) = a.quarter
    left join open_quarters as b
        on joined.schedule = b.schedule and quarter_of(clock_ends_at) = b.quarter
    left join open_quarters as c
        on joined.schedule = c.schedule and quarter_of(first_resolved_at) = c.quarter
    left join open_quarters as d
        on joined.schedule = d.schedule and quarter_of(resolved_again_at) = d.quarter
)
select
    number, case_id, customer_key, channel, segment, created_at, replied_at, first_resolved_at,
    first_agent_at, times_solved, rating,
    coalesce(status in ('solved', 'closed'), false) as is_resolved,
    not (is_resolved and first_agent_at is null
        and coalesce(channel = 'bot' or bot_at is not null, false)) as is_peoples,
    coalesce(first_agent_at <= first_resolved_at, false)
    or not coalesce(channel = 'bot' or bot_at <= first_resolved_at, false) as is_first_by_people,
    replies = 1 as is_one_touch,
    case when replied_at is not null then clock_minutes end as reply_minutes,
    minutes_between(created_us, first_us) as first_minutes,
    case when resolved_again_at is null then first_minutes
        else minutes_between(created_us, last_us) end as last_minutes,
    case
        when clock_minutes > target then true
        when reply_minutes <= target then false
    end as is_breach,
    e.place as created_place, f.place as first_place,
    coalesce(g.place, f.place) as last_place,
    h.place as rated_place,
    first_resolved_at + interval 168 hours as judged_at,
    case when channel = 'bot' then created_at + interval 168 hours end as bot_judged_at,
from timed
left join clock as e on hour_of(created_at) = e.hour
left join clock as f on hour_of(first_resolved_at) = f.hour
left join clock as g on hour_of(resolved_again_at) = g.hour
left join clock as h on hour_of(rated_at) = h.hour;
drop table stories;

create table periods as
with known as (
    select min(place) as a, max(place) as b from answers where reason is null
    union all by name select min(place) as a, max(place) as b from clock
    where hour in (
        select unnest([min(hour_of(moment)), max(hour_of(moment))]) from events
        union all select unnest([min(hour_of(created_at)), max(hour_of(created_at))]) from cases
    )
), places as (select unnest(range(min(a), max(b) + 1))::smallint as place from known)
select
    place, format('{:04d}-{:02d}', (place - 1) // 12, (place - 1) % 12 + 1) as period,
    timezone('Europe/London', strptime(period || '-01', '%Y-%m-%d')) as starts_at,
    timezone('Europe/London', strptime(period || '-01', '%Y-%m-%d') + interval 1 month) as ends_at,
    least(row_number() over (order by place), 12)::integer as months,
from places;

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
), looked_after as (
    select
        clock.place, channel, segment,
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
    where is_first_by_people and judged_at <= getvariable('watermark')::timestamp
), contacts as (
    select place, channel, segment, count(*) as n, count(*) filter (where not is_back) as successes,
    from looked_after group by all
), talks as (
    select
        clock.place, channel, segment,
        coalesce(first_agent_at <= bot_judged_at, false) as is_handed_over,
        case
            when number in (from tangled) then number in (
                select number from open_spans
                where opened_at <= bot_judged_at and coalesce(resolved_at > bot_judged_at, true)
            )
            else coalesce(first_resolved_at > bot_judged_at, true)
        end as is_open,
    from measured inner join clock on hour_of(bot_judged_at) = clock.hour
    where bot_judged_at <= getvariable('watermark')::timestamp
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

create macro sorted_minutes(of) as table
select
    metric, place, channel, segment, grouping(channel, segment) as left_out,
    sum(len(case_minutes.minutes))::bigint as n, 0 as successes,
    list_sort(flatten(list(case_minutes.minutes))) as minutes,
from case_minutes where metric = of
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
), ranked as (
    select *,
        greatest(0, floor((n + 1) / 2.0 - 1.959964 * sqrt(n) / 2.0))::bigint as bound,
        n * 0.9 + 0.5 - 0.8 * (1.959964 * 1.959964 - 1) / 6 as middle,
        1.959964 * sqrt(n * 0.09) as spread,
        ceil(middle + spread)::bigint as high90,
    from grouped
    where (left_out in (2, 3) or channel is not null)
        and (left_out in (1, 3) or segment is not null)
), figures as (
    select * exclude (minutes),
        case when metric in ('case_volume', 'case_backlog') then n else list_median(minutes) end
            ::double as value,
        case when bound > 0 then minutes[bound] when n = 5 and len(minutes) > 0 then 0 end::double
            as low,
        case when bound > 0 or n = 5 then minutes[n - greatest(bound, 1) + 1] end::double as high,
    from ranked
    union all by name
    select * exclude (minutes) replace (metric || '_p90' as metric),
        list_aggregate(minutes, 'quantile_cont', 0.9) as value,
        minutes[floor(middle - spread)::bigint] as low, minutes[high90] as high,
    from ranked where minutes is not null and high90 <= n
    union all by name
    select * exclude (minutes) replace (metric || '_p90' as metric),
    from ranked where minutes is not null and high90 > n
), cells as (
    select unnest(case left_out
        when 3 then [('all', 'all', 'all')]
        when 1 then [('all', 'channel', channel::varchar)]
        when 0 then [('segment=' || segment, 'channel', channel::varchar)]
        else [('all', 'segment', segment::varchar), ('segment=' || segment, 'all', 'all'),
            ('segment=' || segment, 'segment', segment::varchar)]
        end) as cell,
        metric, place, n, successes, value, low, high,
    from figures
), named as (
    select cell[1] as scope, cell[2] as dimension, cell[3] as member, * exclude (cell) from cells
)
select
    scope, period, metric, dimension, member, coalesce(n, 0)::bigint as n, 0::double as sum_x,
    0::double as sum_xx, coalesce(n, 0)::double as sum_w, coalesce(n, 0)::double as sum_ww,
    coalesce(successes, 0)::double as successes, 0::bigint as promoters, 0::bigint as passives,
    0::bigint as detractors,
    case when metric in ('case_volume', 'case_backlog') then coalesce(n, 0)::double else value end
        as value_override,
    low as low_override, high as high_override,
from (select distinct scope, metric, dimension, member from named)
cross join periods
left join named using (scope, metric, dimension, member, place);
