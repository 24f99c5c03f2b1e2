-- The journey: who met what, the steps between, and what good and bad experiences go with.

-- A customer meets a touchpoint once a day, by an answer about it or a case; who has no name, anew.
-- A meeting's channel is the first that day that a case names, else the first an answer names: what
-- decides and the channel are put into one number, of which the least is taken.
create macro channel_after(moment, channel) as epoch_us(moment) * 64 + enum_code(channel);
create table meetings as
select
    who, touchpoint, day, any_value(is_named) as is_named, min(journey_stage) as journey_stage,
    min(segment) as segment, min(moment) as moment,
    enum_range(null::channel_t)[min(channel_order) % 64 + 1] as channel,
from (
    select
        case when customer_key is null then hash(1, response) else hash(customer_key) end as who,
        touchpoint, day, customer_key is not null as is_named, journey_stage, segment,
        responded_at as moment,
        channel_after(responded_at, channel) + (1::bigint << 60) as channel_order,
    from answers where reason is null and touchpoint is not null
    union all
    select
        case when customer_key is null then hash(2, number) else hash(customer_key) end,
        touchpoints.touchpoint, clock.day, customer_key is not null, touchpoints.journey_stage,
        segment, created_at, channel_after(created_at, measured.channel),
    from measured
    inner join case_touchpoint_seed as seed on measured.channel = seed.channel and seed.source = '*'
    inner join touchpoints on seed.touchpoint = touchpoints.touchpoint
    inner join clock on hour_of(created_at) = clock.hour
)
group by who, touchpoint, day;
create table stage_volumes as
with counted as (
    select
        'volume' as measure, segment, (year(day) * 12 + month(day))::smallint as place,
        touchpoint, journey_stage, channel, count(*) as n,
    from meetings group by all
    union all by name
    select
        'interactions' as measure, segment, created_place as place, touchpoints.journey_stage,
        count(*) as n,
    from measured
    inner join case_touchpoint_seed as seed on measured.channel = seed.channel and seed.source = '*'
    inner join touchpoints on seed.touchpoint = touchpoints.touchpoint
    group by all
), cells as (
    select
        scope, place, measure, sum(n) as n,
        grouping(touchpoint, journey_stage, channel) as left_out,
        case left_out when 5 then 'journey_stage' when 4 then 'journey_stage|channel'
            when 3 then 'touchpoint' else 'touchpoint|channel' end as dimension,
        case left_out when 5 then journey_stage::varchar when 4 then journey_stage || '|' || channel
            when 3 then touchpoint::varchar else touchpoint || '|' || channel end as member,
    from (
        select 'all' as scope, * from counted
        union all by name
        select 'segment=' || segment as scope, * from counted where segment is not null
    )
    group by grouping sets (
        (scope, place, measure, journey_stage), (scope, place, measure, journey_stage, channel),
        (scope, place, measure, touchpoint), (scope, place, measure, touchpoint, channel)
    )
), scopes as (select distinct scope from feedback_cells)
select
    scope, period, measure, 'journey_stage' as dimension, stages.journey_stage as member,
    coalesce(n, 0)::bigint as n,
from scopes cross join periods cross join stage_seed as stages
cross join (select unnest(['volume', 'interactions']) as measure)
left join (
    select scope, place, measure, member as journey_stage, n from cells
    where dimension = 'journey_stage'
) as cells using (scope, place, measure, journey_stage)
union all
select scope, period, measure, dimension, member, n::bigint
from cells semi join scopes using (scope) inner join periods using (place)
where dimension != 'journey_stage' and measure = 'volume' and member is not null;

-- From one touchpoint to the next in at most 30 days; a step belongs to the month it ends in.
create table steps as
select
    who, segment, from_touchpoint, touchpoint as to_touchpoint,
    (year(day) * 12 + month(day))::smallint as place, (day - from_day)::smallint as days,
from (
    select
        who, segment, touchpoint, day, moment, lag(touchpoint) over earlier as from_touchpoint,
        lag(moment) over earlier as from_moment, lag(day) over earlier as from_day,
    from meetings where is_named
    window earlier as (partition by who order by moment, touchpoint)
)
where moment <= from_moment + interval 720 hours;
drop table meetings;

-- In a window of twelve months a customer counts through the latest month of the step in it: so a
-- month's step counts until the customer's next one, or for a year.
create table path_windows as
with days as (
    select
        scope, periods.place, from_touchpoint, to_touchpoint, days, sum(n) as n,
    from (
        select 'all' as scope, from_touchpoint, to_touchpoint, place, days, count(*) as n,
        from steps group by all
        union all
        select 'segment=' || segment, from_touchpoint, to_touchpoint, place, days, count(*),
        from steps where segment is not null
        group by segment, from_touchpoint, to_touchpoint, place, days
    ) as counted
    inner join periods on counted.place between periods.place - 11 and periods.place
    group by all
), ranked as (
    select *,
        sum(n) over (partition by scope, place, from_touchpoint, to_touchpoint order by days)
            as up_to,
        sum(n) over (partition by scope, place, from_touchpoint, to_touchpoint) as whole,
    from days
), windows as (
    select
        scope, place, from_touchpoint, to_touchpoint, sum(n)::bigint as n,
        (min(days) filter (where up_to >= floor((whole + 1) / 2))
            + min(days) filter (where up_to >= ceil((whole + 1) / 2))) / 2 as median_days,
    from ranked group by all
), spans as (
    select
        segment, from_touchpoint, to_touchpoint, place as begins,
        least(place + 12, lead(place, 1, place + 12) over (
            partition by taken order by place, segment nulls first
        )) as ends,
    from (select *, hash(from_touchpoint, to_touchpoint, who) as taken from steps)
), edges as (
    select segment, from_touchpoint, to_touchpoint, unnest([begins, ends]) as place,
        unnest([n, -n]) as more,
    from (select *, count(*) as n from spans where begins < ends group by all)
), customers as (
    select scope, periods.place, from_touchpoint, to_touchpoint, sum(more)::bigint as customers,
    from (
        select 'all' as scope, * from edges
        union all by name
        select 'segment=' || segment as scope, * from edges where segment is not null
    ) as edges
    inner join periods on edges.place <= periods.place
    group by all
)
select
    scope, period, months, from_touchpoint::varchar as from_touchpoint,
    to_touchpoint::varchar as to_touchpoint, n,
    greatest(coalesce(customers, 1), 1) as customers, median_days::double as median_days,
from windows inner join periods using (place)
left join customers using (scope, place, from_touchpoint, to_touchpoint);
drop table steps;

-- An experience is an answer about satisfaction with a touchpoint; its outcome the customer's next
-- recommendation within 90 days. It is known with that answer, or to be none when they are over.
-- (Nobody ever left this company, so there is no other outcome.) Each customer counts once for a
-- touchpoint in a window of twelve months, by the latest experience whose outcome became known in
-- it. Later experiences are known later, so one order tells both.
create table moment_spans as
with experiences as (
    select
        segment, touchpoint, is_top, hash(touchpoint, customer_key) as met,
        hash(customer_key) as who, place, responded_at,
    from answers
    where reason is null and metric = 'csat' and touchpoint is not null
        and customer_key is not null
), recommendations as (
    select hash(customer_key) as who, responded_at, x from answers
    where reason is null and metric = 'nps' and customer_key is not null
), outcomes as (
    select
        experiences.* exclude (who), recommendations.responded_at as next_at,
        case when next_at <= experiences.responded_at + interval 2160 hours then x end as outcome,
        least(next_at, experiences.responded_at + interval 2160 hours) as known_at,
    from experiences
    asof left join recommendations
        on experiences.who = recommendations.who
        and experiences.responded_at < recommendations.responded_at
), placed as (
    select
        segment, touchpoint, is_top, outcome, outcomes.place, met, responded_at,
        clock.place as known_place,
        case when outcome is not null then clock.place end as counted_place,
    from outcomes left join clock on hour_of(known_at) = clock.hour
), followed as (
    select
        segment, touchpoint, is_top, outcome, place, known_place,
        lead(place) over later as next_place,
        lead(counted_place ignore nulls) over later as next_counted,
    from placed
    window later as (partition by met order by responded_at)
), spans as (
    select
        segment, touchpoint,
        case when is_top then 'good_' else 'bad_' end
        || case outcome when 1 then 'positive' when -1 then 'negative' else 'neutral' end as kind,
        known_place as begins,
        least(known_place + 12, coalesce(next_counted, known_place + 12)) as ends, count(*) as n,
    from followed where outcome is not null group by all
    union all
    select
        segment, touchpoint, 'open', place,
        least(known_place, coalesce(next_place, known_place)), count(*),
    from followed group by all
)
select * from spans where begins < ends;

create table moment_windows as
with edges as (
    select scope, touchpoint, kind, place, sum(more) as more,
    from (
        select scope, touchpoint, kind, unnest([begins, ends]) as place, unnest([n, -n]) as more,
        from (
            select *, unnest(['all', 'segment=' || segment]) as scope from moment_spans
        )
        where scope is not null
    )
    group by all
)
select
    scopes.scope, period, months, outcome, touchpoints.touchpoint::varchar as touchpoint,
    coalesce(sum(more) filter (where kind = 'good_positive'), 0)::bigint as good_positive,
    coalesce(sum(more) filter (where kind = 'good_neutral'), 0)::bigint as good_neutral,
    coalesce(sum(more) filter (where kind = 'good_negative'), 0)::bigint as good_negative,
    coalesce(sum(more) filter (where kind = 'bad_positive'), 0)::bigint as bad_positive,
    coalesce(sum(more) filter (where kind = 'bad_neutral'), 0)::bigint as bad_neutral,
    coalesce(sum(more) filter (where kind = 'bad_negative'), 0)::bigint as bad_negative,
    coalesce(sum(more) filter (where kind = 'open'), 0)::bigint as n_open,
from (select distinct scope from feedback_cells) as scopes
cross join periods
cross join (select unnest(['recommendation', 'retention']) as outcome)
cross join touchpoints
left join edges
    on outcome = 'recommendation' and scopes.scope = edges.scope
    and touchpoints.touchpoint = edges.touchpoint and edges.place <= periods.place
group by all;
