-- What somebody would write who wants the reporting tables of the benchmark's company and nothing
-- else: no contract tables, no tests, no gate, nothing kept for the next month. Straight from the
-- lake's Parquet files; {lake} and {seeds} are folders. The statistics of the cells are the library's
-- (benchmarks/by_hand.py), as they would be for anybody.
create table questions as from read_csv('{seeds}/survey_questions.csv', all_varchar = true);
create table touchpoints as from read_csv('{seeds}/touchpoints.csv');
create table stages as from read_csv('{seeds}/journey_stages.csv');
create table channels as from read_csv('{seeds}/channels.csv');
create table segments as from read_csv('{seeds}/segments.csv');
create table metrics as from read_csv('{seeds}/metrics.csv');
create table targets as from read_csv('{seeds}/targets.csv');
create table actions as from read_csv('{seeds}/actions.csv');
create table holidays as from read_csv('{seeds}/holidays.csv');
create table hours as from read_csv('{seeds}/business_hours.csv', all_varchar = true);

create table customers as
select customer_key, nullif(trim(segment), '') as segment
from (
    select
        record_id, changed_at, extracted_at,
        unnest(from_json(payload, '{{"customer_key": "VARCHAR", "segment": "VARCHAR"}}')),
    from read_parquet('{lake}/desk/customers/*/*.parquet', hive_partitioning = false)
)
qualify row_number() over (
    partition by customer_key order by changed_at desc, extracted_at desc, record_id desc
) = 1;

create table answers as
with sent as (
    select
        source, stream, record_id, changed_at, extracted_at, page, md5(payload) as tie,
        unnest(from_json(payload, '{{
            "response_id": "VARCHAR", "survey_id": "VARCHAR", "question_id": "VARCHAR",
            "score": "VARCHAR", "responded_at": "VARCHAR", "customer_key": "VARCHAR",
            "channel": "VARCHAR", "touchpoint": "VARCHAR", "journey_stage": "VARCHAR",
            "weight": "VARCHAR", "segment": "VARCHAR"
        }}')),
    from read_parquet('{lake}/answers/feedback/*/*.parquet', hive_partitioning = false)
), newest as (
    select * from sent
    qualify row_number() over (
        partition by source, stream, record_id
        order by changed_at desc, extracted_at desc, page desc, tie desc
    ) = 1
), counted as (
    select * from newest
    qualify row_number() over (
        partition by source, survey_id, coalesce(nullif(trim(response_id), ''), record_id), question_id
        order by changed_at desc, extracted_at desc, record_id desc
    ) = 1
), resolved as (
    select
        counted.source, counted.extracted_at, questions.metric,
        try_cast(counted.score as double) as sent_score,
        questions.scale_min::double as scale_min, questions.scale_max::double as scale_max,
        questions.top_from::double as top_from,
        coalesce(questions.reversed::boolean, false) as is_reversed,
        try_cast(counted.responded_at as timestamptz) as responded_at,
        nullif(trim(counted.channel), '') as channel,
        coalesce(nullif(trim(counted.touchpoint), ''), questions.touchpoint) as touchpoint,
        coalesce(
            nullif(trim(counted.journey_stage), ''), questions.journey_stage, touchpoints.journey_stage
        ) as journey_stage,
        coalesce(nullif(trim(counted.segment), ''), customers.segment) as segment,
        case when nullif(trim(counted.weight), '') is null then 1
            else try_cast(counted.weight as double) end as weight,
    from counted
    left join (
        select * from questions qualify row_number() over (
            partition by source, question_id order by survey_id = '*'
        ) = 1
    ) as questions
        on counted.source = questions.source and counted.question_id = questions.question_id
        and questions.survey_id in (counted.survey_id, '*')
    left join touchpoints
        on coalesce(nullif(trim(counted.touchpoint), ''), questions.touchpoint) = touchpoints.touchpoint
    left join customers on counted.customer_key = customers.customer_key
    where nullif(trim(counted.score), '') is not null
)
select
    source, metric, channel, touchpoint, journey_stage, segment, weight, responded_at, top_from,
    case when is_reversed then scale_min + scale_max - sent_score else sent_score end as score,
    strftime(timezone('Europe/London', responded_at), '%Y-%m') as period,
    case
        when metric is null then 'unmapped_question'
        when responded_at is null then 'no_time'
        when not responded_at between timestamptz '2000-01-01' and extracted_at + interval 1 day
            then 'implausible_time'
        when sent_score is null then 'not_a_number'
        when not (sent_score between scale_min and scale_max
            and (metric != 'nps' or sent_score = floor(sent_score))) then 'out_of_scale'
        when not coalesce(weight between 0.000001 and 1000000, false) then 'bad_weight'
        when touchpoint not in (select touchpoint from touchpoints) then 'unknown_touchpoint'
        when journey_stage not in (select journey_stage from stages) then 'unknown_stage'
        when channel not in (select channel from channels) then 'unknown_channel'
        when segment not in (select segment from segments) then 'unknown_segment'
    end as reason,
from resolved;

create table cases as
with sent as (
    select
        source, stream, record_id, changed_at, extracted_at, page, md5(payload) as tie,
        unnest(from_json(payload, '{{
            "case_id": "VARCHAR", "created_at": "VARCHAR", "customer_key": "VARCHAR",
            "channel": "VARCHAR", "schedule": "VARCHAR", "first_reply_target_minutes": "INTEGER",
            "is_deleted": "BOOLEAN"
        }}')),
    from read_parquet('{lake}/desk/cases/*/*.parquet', hive_partitioning = false)
), newest as (
    select * from sent
    qualify row_number() over (
        partition by source, stream, record_id
        order by changed_at desc, extracted_at desc, page desc, tie desc
    ) = 1
)
select
    newest.source, case_id, created_at::timestamptz as created_at, channel, schedule,
    first_reply_target_minutes as target, customers.segment,
from newest
left join customers on newest.customer_key = customers.customer_key
where not coalesce(is_deleted, false)
qualify row_number() over (
    partition by newest.source, case_id order by changed_at desc, extracted_at desc, record_id desc
) = 1;

create table milestones as
with sent as (
    select
        source, stream, record_id, changed_at, extracted_at, page, md5(payload) as tie,
        unnest(from_json(payload, '{{
            "case_event_id": "VARCHAR", "case_id": "VARCHAR", "occurred_at": "VARCHAR",
            "sequence": "BIGINT", "event": "VARCHAR", "actor_role": "VARCHAR",
            "is_public": "BOOLEAN", "value": "VARCHAR"
        }}')),
    from read_parquet('{lake}/desk/case_events/*/*.parquet', hive_partitioning = false)
), newest as (
    select * from sent
    qualify row_number() over (
        partition by source, stream, record_id
        order by changed_at desc, extracted_at desc, page desc, tie desc
    ) = 1
), events as (
    select *, occurred_at::timestamptz as at_ from newest
    qualify row_number() over (
        partition by source, stream, case_event_id
        order by changed_at desc, extracted_at desc, record_id desc
    ) = 1
), summaries as (
    select
        events.source, events.case_id,
        min(at_) filter (where event = 'comment' and actor_role = 'agent' and is_public) as replied_at,
        count(*) filter (where event = 'comment' and actor_role = 'agent' and is_public) as replies,
        min(at_) filter (where event = 'status' and value = 'solved') as first_solved_at,
        max(at_) filter (where event = 'status' and value = 'solved') as last_solved_at,
        count(*) filter (where event = 'status' and value = 'solved') as times_solved,
        min(at_) filter (where event = 'status' and value = 'closed') as first_closed_at,
        max(at_) filter (where event = 'status' and value = 'closed') as last_closed_at,
        arg_max(value, (at_, sequence, case_event_id)) filter (where event = 'status') as status,
        arg_max(value, (at_, sequence, case_event_id)) filter (
            where event = 'satisfaction' and value not in ('offered', 'unoffered')) as rating,
        max(at_) filter (
            where event = 'satisfaction' and value not in ('offered', 'unoffered')) as rated_at,
    from events
    inner join cases on events.source = cases.source and events.case_id = cases.case_id
    where at_ >= cases.created_at
    group by events.source, events.case_id
)
select
    cases.*, replied_at, replies, times_solved, status, rating, rated_at,
    coalesce(last_solved_at, last_closed_at) as solved_at,
    coalesce(replied_at, first_solved_at, first_closed_at, timestamptz '{watermark}') as clock_ends_at,
from cases left join summaries using (source, case_id);

-- Opening hours in UTC, with the open time before each stretch.
create table open_hours as
with days as (
    select unnest(generate_series(
        (select min(created_at)::date - 2 from cases), timestamptz '{watermark}'::date + 40, interval 1 day
    ))::date as day
), stretches as (
    select
        hours.schedule,
        timezone(hours.zone, day + hours.opens::time) as opens_at,
        timezone(hours.zone, day + hours.closes::time) as closes_at,
    from hours inner join days on hours.weekday::integer = isodow(day)
    anti join holidays on hours.schedule = holidays.schedule and day = holidays.holiday
    union all
    select distinct schedule, timestamptz '1999-01-01', timestamptz '1999-01-01' from hours
)
select
    *,
    coalesce(sum(epoch_us(closes_at) - epoch_us(opens_at)) over (
        partition by schedule order by opens_at rows between unbounded preceding and 1 preceding
    ), 0)::bigint as before,
from stretches;

create table measured as
with opened as (
    select m.source, m.case_id, m.moment, m.which,
        h.before + epoch_us(least(m.moment, h.closes_at)) - epoch_us(h.opens_at) as open_us,
    from (
        from (select source, case_id, schedule, created_at, replied_at, solved_at, clock_ends_at from milestones)
        unpivot (moment for which in (created_at, replied_at, solved_at, clock_ends_at))
    ) as m
    asof join open_hours as h on m.schedule = h.schedule and m.moment >= h.opens_at
), wide as (
    select source, case_id,
        max(open_us) filter (where which = 'created_at') as created,
        max(open_us) filter (where which = 'replied_at') as replied,
        max(open_us) filter (where which = 'solved_at') as solved,
        max(open_us) filter (where which = 'clock_ends_at') as clock,
    from opened group by source, case_id
)
select
    milestones.*,
    round((replied - created) / 60000000.0, 4) as reply_minutes,
    round((solved - created) / 60000000.0, 4) as solve_minutes,
    case
        when round((clock - created) / 60000000.0, 4) > target then true
        when round((replied - created) / 60000000.0, 4) <= target then false
    end as is_breach,
    strftime(timezone('Europe/London', created_at), '%Y-%m') as created_period,
    strftime(timezone('Europe/London', solved_at), '%Y-%m') as solved_period,
    strftime(timezone('Europe/London', rated_at), '%Y-%m') as rated_period,
from milestones left join wide using (source, case_id);

create table periods as
with bounds as (
    select min(a) as a, max(b) as b from (
        select min(responded_at) as a, max(responded_at) as b from answers where reason is null
        union all select min(created_at), max(created_at) from cases
        union all select min(created_at), max(greatest(rated_at, solved_at)) from milestones
    )
)
select strftime(unnest(generate_series(
    date_trunc('month', timezone('Europe/London', a)), timezone('Europe/London', b), interval 1 month
)), '%Y-%m') as period
from bounds;

create table feedback_cells as
with sums as (
    select
        period, metric, segment, touchpoint, journey_stage, channel, count(*) as n,
        sum(w * x) as sum_x, sum(w * x * x) as sum_xx, sum(w) as sum_w, sum(w * w) as sum_ww,
        coalesce(sum(w) filter (where score >= top_from), 0) as successes,
        count(*) filter (where metric = 'nps' and score >= 9) as promoters,
        count(*) filter (where metric = 'nps' and score between 7 and 8) as passives,
        count(*) filter (where metric = 'nps' and score <= 6) as detractors,
    from (
        select *, weight::decimal(18, 10) as w,
            (case when metric != 'nps' then score when score >= 9 then 1 when score <= 6 then -1 else 0 end
            )::decimal(8, 3) as x,
        from answers where reason is null and metric in ('nps', 'csat', 'ces')
    )
    group by all
), counts as (
    from sums union all by name select * replace ('ces_top2' as metric) from sums where metric = 'ces'
), scoped as (
    select 'all' as scope, * from counts
    union all by name select 'segment=' || segment as scope, * from counts where segment is not null
), cells as (
    select
        scope, period, metric, grouping(touchpoint, journey_stage, channel, segment) as g,
        case g when 15 then 'all' when 7 then 'touchpoint' when 11 then 'journey_stage'
            when 13 then 'channel' when 14 then 'segment' when 9 then 'journey_stage|channel'
            else 'touchpoint|segment' end as dimension,
        case g when 15 then 'all' when 7 then touchpoint when 11 then journey_stage
            when 13 then channel when 14 then segment when 9 then journey_stage || '|' || channel
            else touchpoint || '|' || segment end as member,
        sum(n) as n, sum(sum_x) as sum_x, sum(sum_xx) as sum_xx, sum(sum_w) as sum_w,
        sum(sum_ww) as sum_ww, sum(successes) as successes, sum(promoters) as promoters,
        sum(passives) as passives, sum(detractors) as detractors,
    from scoped
    group by grouping sets (
        (scope, period, metric), (scope, period, metric, touchpoint), (scope, period, metric, journey_stage),
        (scope, period, metric, channel), (scope, period, metric, segment),
        (scope, period, metric, journey_stage, channel), (scope, period, metric, touchpoint, segment)
    )
)
select
    scope, period, metric, dimension, member,
    coalesce(n, 0)::bigint as n, coalesce(sum_x, 0)::double as sum_x,
    coalesce(sum_xx, 0)::double as sum_xx, coalesce(sum_w, 0)::double as sum_w,
    coalesce(sum_ww, 0)::double as sum_ww, coalesce(successes, 0)::double as successes,
    coalesce(promoters, 0)::bigint as promoters, coalesce(passives, 0)::bigint as passives,
    coalesce(detractors, 0)::bigint as detractors, null::double as value_override,
    null::double as low_override, null::double as high_override,
from (select distinct scope, metric, dimension, member from cells where member is not null)
cross join periods
left join (select * exclude (g) from cells) as c using (scope, period, metric, dimension, member);

create table support_cells as
with measures as (
    select 'case_volume' as metric, created_period as period, channel, segment, null::double as minutes, null::boolean as good from measured
    union all select 'first_reply_minutes', created_period, channel, segment, reply_minutes, null from measured where reply_minutes is not null
    union all select 'first_reply_in_target', created_period, channel, segment, null, not is_breach from measured where is_breach is not null
    union all select 'full_resolution_minutes', solved_period, channel, segment, solve_minutes, null from measured where status in ('solved', 'closed') and solve_minutes is not null
    union all select 'reopen_rate', solved_period, channel, segment, null, times_solved > 1 from measured where status in ('solved', 'closed')
    union all select 'one_touch_rate', solved_period, channel, segment, null, replies = 1 from measured where status in ('solved', 'closed')
    union all select 'case_csat', rated_period, channel, segment, null, rating = 'good' from measured where rating is not null
), scoped as (
    select 'all' as scope, * from measures
    union all by name select 'segment=' || segment as scope, * from measures where segment is not null
), cells as (
    select
        scope, period, metric, grouping(channel, segment) as g,
        case g when 3 then 'all' when 1 then 'channel' else 'segment' end as dimension,
        case g when 3 then 'all' when 1 then channel else segment end as member,
        count(*) as n, count(*) filter (where good) as successes,
        list_sort(list(minutes) filter (where minutes is not null)) as sorted,
        greatest(0, floor((n + 1) / 2.0 - 1.959964 * sqrt(n) / 2.0))::bigint as bound,
    from scoped
    group by grouping sets (
        (scope, period, metric), (scope, period, metric, channel), (scope, period, metric, segment)
    )
)
select
    scope, period, metric, dimension, member, coalesce(n, 0)::bigint as n, 0::double as sum_x,
    0::double as sum_xx, coalesce(n, 0)::double as sum_w, coalesce(n, 0)::double as sum_ww,
    coalesce(successes, 0)::double as successes, 0::bigint as promoters, 0::bigint as passives,
    0::bigint as detractors,
    case when metric = 'case_volume' then coalesce(n, 0)::double else list_median(sorted) end as value_override,
    (case when bound > 0 then sorted[bound] when n = 5 and len(sorted) > 0 then 0 end)::double as low_override,
    (case when bound > 0 or n = 5 then sorted[n - greatest(bound, 1) + 1] end)::double as high_override,
from (select distinct scope, metric, dimension, member from cells where member is not null)
cross join periods
left join (select * exclude (g) from cells) as c using (scope, period, metric, dimension, member);
