-- Support: what became of each case.

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
