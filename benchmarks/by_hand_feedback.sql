-- Answers: the cells of the scores, who answered, signs of gaming, and what followed unhappy ones.

create table sums as
select
    place, survey_id, question, metric, segment, touchpoint, journey_stage, channel, count(*) as n,
    sum(x) as plain_x, count(*) filter (where is_top) as plain_successes, sum(weight * x) as sum_x,
    sum(weight * x * x) as sum_xx, sum(weight) as sum_w, sum(weight * weight) as sum_ww,
    coalesce(sum(weight) filter (where is_top), 0) as successes,
    min(scale_min) as scale_min, max(scale_max) as scale_max,
    count(*) filter (where metric = 'nps' and x = 1) as promoters,
    count(*) filter (where metric = 'nps' and x = 0) as passives,
    count(*) filter (where metric = 'nps' and x = -1) as detractors,
from answers where reason is null
group by all;

-- What a customer (a response, where nobody knows whose it is) says of one metric more than once,
-- two by two, and what that adds to the squares of the weights.
create table pairs as
with known as materialized (
    select
        coalesce(hash(customer_key), response) as who, answer, place, survey_id, metric, segment,
        touchpoint, journey_stage, channel, weight, x, is_top::integer as top,
    from answers where reason is null and metric in ('nps', 'csat', 'ces')
)
select
    a.place, a.metric, case when a.survey_id = b.survey_id then a.survey_id end as survey_id,
    case when a.segment = b.segment then a.segment end as segment,
    case when a.touchpoint = b.touchpoint then a.touchpoint end as touchpoint,
    case when a.journey_stage = b.journey_stage then a.journey_stage end as journey_stage,
    case when a.channel = b.channel then a.channel end as channel,
    sum(a.weight * b.weight) as pair_w, sum(a.weight * b.weight * (a.x + b.x)) as pair_x,
    sum(a.weight * b.weight * a.x * b.x) as pair_xx,
    sum(a.weight * b.weight * (a.top + b.top)) as pair_top,
    sum(a.weight * b.weight * a.top * b.top) as pair_tops,
from known as a inner join known as b
    on a.who = b.who and a.place = b.place and a.metric = b.metric and a.answer < b.answer
group by all;
-- The same of two months less than a year apart, within a stage and a channel.
create table repeats as
with known as materialized (
    select
        place, customer_key, metric, journey_stage, channel, segment, sum(weight) as w,
        sum(weight * x) as x, coalesce(sum(weight) filter (where is_top), 0) as top,
    from answers
    where reason is null and metric in ('nps', 'csat', 'ces') and customer_key is not null
        and journey_stage is not null and channel is not null
    group by all
)
select
    a.place, b.place as earlier_place, a.metric::varchar as metric,
    a.journey_stage::varchar as journey_stage, a.channel::varchar as channel,
    case when a.segment = b.segment then a.segment end as segment,
    sum(a.w * b.w) as pair_w, sum(a.x * b.w + a.w * b.x) as pair_x, sum(a.x * b.x) as pair_xx,
    sum(a.top * b.w + a.w * b.top) as pair_top, sum(a.top * b.top) as pair_tops,
from known as a inner join known as b
    on a.customer_key = b.customer_key and a.metric = b.metric
    and a.journey_stage = b.journey_stage and a.channel = b.channel
    and b.place between a.place - 11 and a.place - 1
group by all;
create macro shared_squares(mean, variance, pair_w, pair_x, pair_xx) as coalesce(
    2 * pair_w * case when variance < 1e-9 then 1 else greatest(0, least(1,
        (pair_xx - mean * pair_x + mean * mean * pair_w) / pair_w / variance)) end, 0
);

create table feedback_cells as
with both_sums as (
    from sums union all by name from pairs
), scores as (
    select * replace (metric::varchar as metric) from both_sums
    where metric in ('nps', 'csat', 'ces')
    union all by name select * replace ('ces_top2' as metric) from both_sums where metric = 'ces'
), scoped as (
    select 'all' as scope, * from scores
    union all by name
    select 'segment=' || segment as scope, * from scores where segment is not null
), cells as (
    select
        scope, place, metric, grouping(touchpoint, journey_stage, channel, segment) as left_out,
        case left_out when 15 then 'all' when 7 then 'touchpoint' when 11 then 'journey_stage'
            when 13 then 'channel' when 14 then 'segment' when 9 then 'journey_stage|channel'
            when 5 then 'touchpoint|channel' else 'touchpoint|segment' end as dimension,
        case left_out when 15 then 'all' when 7 then touchpoint::varchar
            when 11 then journey_stage::varchar when 13 then channel::varchar
            when 14 then segment::varchar when 9 then journey_stage || '|' || channel
            when 5 then touchpoint || '|' || channel else touchpoint || '|' || segment end
            as member,
        sum(n) as n, sum(sum_x) as sum_x, sum(sum_xx) as sum_xx, sum(sum_w) as sum_w,
        sum(successes) as successes, metric in ('csat', 'ces_top2') as is_share,
        if(is_share, sum(successes), sum(sum_x)) / sum(sum_w) as mean,
        if(is_share, sum(successes), sum(sum_xx)) / sum(sum_w) - mean * mean as variance,
        sum(sum_ww) + shared_squares(
            mean, variance, sum(pair_w), sum(if(metric in ('csat', 'ces_top2'), pair_top, pair_x)),
            sum(if(metric in ('csat', 'ces_top2'), pair_tops, pair_xx))
        ) as sum_ww,
        min(scale_min) as scale_min, max(scale_max) as scale_max, sum(promoters) as promoters,
        sum(passives) as passives, sum(detractors) as detractors,
    from scoped
    group by grouping sets (
        (scope, place, metric), (scope, place, metric, touchpoint),
        (scope, place, metric, journey_stage), (scope, place, metric, channel),
        (scope, place, metric, segment), (scope, place, metric, journey_stage, channel),
        (scope, place, metric, touchpoint, channel), (scope, place, metric, touchpoint, segment)
    )
)
select
    scope, period, metric, dimension, member,
    coalesce(n, 0)::bigint as n, coalesce(sum_x, 0)::double as sum_x,
    coalesce(sum_xx, 0)::double as sum_xx, coalesce(sum_w, 0)::double as sum_w,
    coalesce(sum_ww, 0)::double as sum_ww, coalesce(successes, 0)::double as successes,
    scale_min::double as scale_min, scale_max::double as scale_max,
    coalesce(promoters, 0)::bigint as promoters, coalesce(passives, 0)::bigint as passives,
    coalesce(detractors, 0)::bigint as detractors, null::double as value_override,
    null::double as low_override, null::double as high_override,
from (select distinct scope, metric, dimension, member from cells where member is not null)
cross join periods
left join cells using (scope, place, metric, dimension, member);

-- The members of a dimension with all that makes up the score; `unknown` is one of them.
create table movement_cells as
with scoped as (
    select 'all' as scope, * from sums where metric in ('nps', 'csat', 'ces')
    union all by name
    select 'segment=' || segment as scope, * from sums
    where segment is not null and metric in ('nps', 'csat', 'ces')
), parts as (
    select
        scope, place, metric, n, sum_w,
        case when metric = 'csat' then successes else sum_x end as sum_x,
        unnest([
            ('segment', segment::varchar), ('channel', channel::varchar),
            ('touchpoint', touchpoint::varchar)
        ]) as part,
    from scoped
), cells as (
    select
        scope, place, metric, part[1] as dimension, coalesce(part[2], 'unknown') as member,
        sum(n) as n, sum(sum_w) as sum_w, sum(sum_x) as sum_x,
    from parts where scope = 'all' or dimension != 'segment' group by all
)
select
    scope, period, metric, dimension, member, coalesce(n, 0)::bigint as n,
    coalesce(sum_w, 0)::double as sum_w, coalesce(sum_x, 0)::double as sum_x,
from (
    select distinct scope, metric, dimension, member from cells
    where (scope, metric, dimension) in (
        select (scope, metric, dimension) from cells where member != 'unknown'
    )
)
cross join periods
left join cells using (scope, place, metric, dimension, member);

create table sample_answers as
with segments as (
    select
        place, survey_id, segment, metric, sum(n)::bigint as n, sum(plain_x) as plain_x,
        sum(plain_successes)::bigint as plain_successes, sum(sum_x) as sum_x, sum(sum_xx) as sum_xx,
        sum(sum_w) as sum_w, sum(sum_ww) as sum_ww, sum(successes)::double as successes,
        min(scale_min) as scale_min, max(scale_max) as scale_max, sum(pair_w) as pair_w,
        sum(if(metric = 'csat', pair_top, pair_x)) as pair_x,
        sum(if(metric = 'csat', pair_tops, pair_xx)) as pair_xx,
    from (from sums union all by name from pairs)
    where metric in ('nps', 'csat', 'ces') and survey_id is not null
    group by all
), surveys as (
    select
        place, survey_id, metric, sum(pair_w) as all_pair_w,
        if(metric = 'csat', sum(successes), sum(sum_x)) / sum(sum_w) as mean,
        if(metric = 'csat', sum(successes), sum(sum_xx)) / sum(sum_w) - mean * mean as variance,
        shared_squares(mean, variance, all_pair_w, sum(pair_x), sum(pair_xx)) as added,
    from segments group by place, survey_id, metric
)
select
    period, 'answers' as source, segments.survey_id, segment::varchar as segment, segments.metric,
    n, plain_x, plain_successes, sum_x, sum_xx, sum_w,
    sum_ww + coalesce(added * pair_w / all_pair_w, 0) as sum_ww, successes, scale_min, scale_max,
from segments inner join surveys using (place, survey_id, metric) inner join periods using (place);
create table customer_base as
select period, segment::varchar as segment, count(*) as customers,
from periods inner join customers
    on coalesce(joined_on < ends_at::date, true) and coalesce(churned_on >= ends_at::date, true)
where segment is not null group by all;

-- Gaming: who answered a survey twice a day, and when. (No question is a rating: nobody can have
-- given them all the same answer.)
create table responses as
select
    response, place, survey_id, min(customer_key) as customer_key,
    min(responded_at) as responded_at,
from answers where reason is null
group by response, place, survey_id;
create table gaming_hours as
select
    'answers' as source, survey_id, period,
    strftime(timezone('Europe/London', timezone('UTC', clock.moment)), '%Y-%m-%d %H:00') as hour,
    sum(n)::bigint as n,
from (
    select survey_id, place, hour_of(responded_at) as hour, count(*) as n,
    from responses where survey_id is not null group by all
) as counted
inner join clock using (hour) inner join periods on counted.place = periods.place
group by all;
create table gaming_counts as
select
    'answers' as source, period, 'duplicate' as signal, sum(n - 1)::bigint as n,
    sum(n)::bigint as n_answers,
from (
    select responses.place, survey_id, customer_key, day, count(*) as n,
    from responses inner join clock on hour_of(responded_at) = clock.hour
    where customer_key is not null group by all
)
inner join periods using (place) group by period
union all
-- There are no invitations.
select
    'desk', period,
    case when coalesce(times_solved > 1 or is_breach, false)
        then 'invited_after_bad' else 'invited_after_good' end as signal,
    0, count(*),
from measured inner join periods on created_place = place
where customer_key is not null group by all;
drop table responses;

-- Each customer's answers to the recommendation question; of one day the last.
create table bands as
select
    customers.number::bigint as customer_number,
    (day - date '1970-01-01')::integer as answered_day,
    arg_max(x + 1, responded_at)::integer as band,
from answers inner join customers using (customer_key)
where reason is null and metric = 'nps' and joined_on <= coalesce(churned_on, joined_on)
group by all;

-- The first reply to a case raised within seven days of an unhappy answer follows it up, when it
-- comes in them too. The earliest of all later cases' replies decides: a later one is no sooner.
create table loops as
with asked as (
    select
        response, rank, who, place, segment, responded_at, is_unhappy,
        lead(responded_at) over later as next_at, lead(is_unhappy) over later as is_next_unhappy,
    from (
        select
            response, place, segment, responded_at, is_unhappy,
            question + case metric when 'nps' then 0 else 256 end as rank,
            case when customer_key is not null then hash(customer_key) end as who,
            hash(question, survey_id, customer_key) as asked,
        from answers where reason is null and metric in ('nps', 'csat')
    )
    window later as (partition by asked order by responded_at)
), unhappy as materialized (
    select * from asked where is_unhappy
), contacts as (
    select
        hash(customer_key) as who, created_at,
        min(replied_at) over (
            partition by customer_key order by created_at
            range between current row and unbounded following
        ) as contacted_at,
    from measured where customer_key is not null and replied_at is not null
), followed as (
    -- Of an answer that is unhappy twice the recommendation counts.
    select
        unhappy.*, responded_at + interval 168 hours as until,
        case when contacted_at < until then contacted_at end as contacted_at,
    from (
        from unhappy semi join (select response, min(rank) as rank from unhappy group by response)
        using (response, rank)
    ) as unhappy
    asof left join contacts
        on unhappy.who = contacts.who and unhappy.responded_at < contacts.created_at
)
select
    followed.place, segment,
    (epoch_us(contacted_at) // 1000000 - epoch_us(responded_at) // 1000000) / 3600.0 as hours,
    case
        when who is null then 'unknown_customer'
        when until > getvariable('watermark')::timestamp then 'waiting'
        when contacted_at is not null then 'followed_up'
        else 'not_followed_up'
    end as state,
    case when who is not null then clock.place end as next_place,
    not is_next_unhappy as is_improved,
from followed
left join clock on hour_of(
    case when next_at >= until and next_at < responded_at + interval 1 year then next_at end
) = clock.hour;

create table loop_counts as
with scoped as (
    select 'all' as scope, * from loops
    union all by name select 'segment=' || segment as scope, * from loops where segment is not null
), months as (
    select
        scope, place, count(*) as detractors,
        count(*) filter (where state = 'unknown_customer') as unknown_customer,
        count(*) filter (where state = 'waiting') as waiting,
        count(*) filter (where state in ('followed_up', 'not_followed_up')) as n,
        count(*) filter (where state = 'followed_up') as followed_up,
        list_sort(list(hours) filter (where state = 'followed_up')) as hours,
    from scoped group by all
), later as (
    select
        scope, next_place, count(*) filter (where state = 'followed_up') as outcomes,
        count(*) filter (where state = 'followed_up' and is_improved) as improved,
        count(*) filter (where state = 'not_followed_up') as other_outcomes,
        count(*) filter (where state = 'not_followed_up' and is_improved) as other_improved,
    from scoped where next_place is not null group by all
), outcomes as (
    select
        scope, periods.place, sum(outcomes) as outcomes, sum(improved) as improved,
        sum(other_outcomes) as other_outcomes, sum(other_improved) as other_improved,
    from later inner join periods on next_place between periods.place - 11 and periods.place
    group by all
)
select
    scope, period, coalesce(detractors, 0) as detractors,
    coalesce(unknown_customer, 0) as unknown_customer, coalesce(waiting, 0) as waiting,
    coalesce(n, 0) as n, coalesce(followed_up, 0) as followed_up,
    coalesce(hours, []::double[]) as hours, coalesce(outcomes, 0)::bigint as outcomes,
    coalesce(improved, 0)::bigint as improved,
    coalesce(other_outcomes, 0)::bigint as other_outcomes,
    coalesce(other_improved, 0)::bigint as other_improved,
from (select distinct scope from scoped) cross join periods
left join months using (scope, place) left join outcomes using (scope, place);
drop table loops;
