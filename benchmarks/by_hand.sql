-- What somebody would write who wants the reporting tables of the benchmark's company and nothing
-- else: no contract tables, no tests, no gate, nothing kept for the next month. Straight from the
-- lake's Parquet files, each stream read once, in a database in memory. The statistics of the cells
-- are the library's (by_hand.py), as they would be for anybody.
--
-- Here: what the files hold. Moments are in UTC and without a zone (arithmetic on those needs no
-- calendar), months counted from year 0 (`place`), members enums in the order of their names.
create table questions as
select row_number() over (order by question_id)::utinyint as question, *
from read_csv(getvariable('seeds') || '/survey_questions.csv', types = {
    'survey_id': 'varchar', 'scale_min': 'double', 'scale_max': 'double', 'top_from': 'double',
    'touchpoint': 'varchar', 'journey_stage': 'varchar', 'reversed': 'boolean'
});
create table metrics as from read_csv(getvariable('seeds') || '/metrics.csv');
create table targets as from read_csv(getvariable('seeds') || '/targets.csv');
create table actions as from read_csv(getvariable('seeds') || '/actions.csv');
create table holidays as from read_csv(getvariable('seeds') || '/holidays.csv');
create table hours as from read_csv(getvariable('seeds') || '/business_hours.csv');
create table touchpoint_seed as from read_csv(getvariable('seeds') || '/touchpoints.csv');
create table stage_seed as from read_csv(getvariable('seeds') || '/journey_stages.csv');
create table channel_seed as from read_csv(getvariable('seeds') || '/channels.csv');
create table segment_seed as from read_csv(getvariable('seeds') || '/segments.csv');
create table case_touchpoint_seed as
from read_csv(getvariable('seeds') || '/case_touchpoints.csv');
create type touchpoint_t as enum (select touchpoint from touchpoint_seed order by 1);
create type stage_t as enum (select journey_stage from stage_seed order by 1);
create type channel_t as enum (select channel from channel_seed order by 1);
create type segment_t as enum (select segment from segment_seed order by 1);
create type schedule_t as enum (select distinct schedule from hours order by 1);
create type event_t as enum ('comment', 'created', 'satisfaction', 'status');
create type actor_t as enum ('agent', 'bot', 'customer', 'system');
create table touchpoints as
select
    touchpoint::touchpoint_t as touchpoint, journey_stage::stage_t as journey_stage, label,
    position,
from touchpoint_seed;

create macro moment_of(sent) as make_timestamp(epoch_us(try_cast(sent as timestamptz)));
create macro text(sent) as nullif(trim(sent), '');
create macro is_plausible(moment, read_at) as
    moment between timestamp '2000-01-01' and make_timestamp(epoch_us(read_at)) + interval 1 day;
create macro hour_of(moment) as epoch_us(moment) // 3600000000;

-- The local day and month of every hour (there are too many moments to ask the calendar for each;
-- the zone is whole hours from UTC).
create table clock as
select
    hour_of(moment) as hour, moment, local::date as day,
    (year(local) * 12 + month(local))::smallint as place,
from (
    select
        unnest(generate_series(
            timestamp '2000-01-01', getvariable('watermark')::timestamp + interval 1 year,
            interval 1 hour
        )) as moment,
        timezone('Europe/London', timezone('UTC', moment)) as local,
);

create table customers as
select
    row_number() over (order by customer_key)::integer as number, customer_key,
    text(segment)::segment_t as segment,
    case when isfinite(account_value) and account_value >= 0 then account_value end as monthly,
    joined_on, churned_on,
from (
    select
        record_id, changed_at, extracted_at,
        unnest(from_json(payload, '{
            "customer_key": "VARCHAR", "segment": "VARCHAR", "account_value": "DOUBLE",
            "joined_on": "DATE", "churned_on": "DATE"
        }')),
    from read_parquet(
        getvariable('lake') || '/desk/customers/*/*.parquet', hive_partitioning = false
    )
)
qualify row_number() over (
    partition by customer_key order by changed_at desc, extracted_at desc, record_id desc
) = 1;

-- Every copy of an answer. `answer` and `response` are hashes of what they are known by.
create view sent_answers as
with sent as (
    select
        record_id, changed_at, extracted_at,
        unnest(from_json(payload, '{
            "response_id": "VARCHAR", "survey_id": "VARCHAR", "question_id": "VARCHAR",
            "score": "VARCHAR", "responded_at": "VARCHAR", "customer_key": "VARCHAR",
            "channel": "VARCHAR", "touchpoint": "VARCHAR", "journey_stage": "VARCHAR",
            "weight": "VARCHAR", "segment": "VARCHAR"
        }')),
    from read_parquet(
        getvariable('lake') || '/answers/feedback/*/*.parquet', hive_partitioning = false
    )
), plain as (
    select
        * replace (
            coalesce(text(response_id), record_id) as response_id, text(survey_id) as survey_id,
            text(question_id) as question_id, text(customer_key) as customer_key,
            text(score) as score, text(channel) as channel, text(touchpoint) as touchpoint,
            text(journey_stage) as journey_stage, text(weight) as weight, text(segment) as segment,
            moment_of(responded_at) as responded_at
        ),
        is_plausible(moment_of(responded_at), extracted_at) as is_in_time,
    from sent
), asked as (
    select
        plain.*, coalesce(exact.question, whole.question) as question,
    from plain
    left join questions as exact
        on exact.source = 'answers' and plain.survey_id = exact.survey_id
        and plain.question_id = exact.question_id
    left join questions as whole
        on whole.source = 'answers' and whole.survey_id = '*'
        and plain.question_id = whole.question_id
), resolved as (
    select
        asked.* exclude (touchpoint, journey_stage, segment, channel, score, weight),
        questions.metric, scale_min, scale_max, top_from, clock.day, clock.place,
        coalesce(asked.touchpoint, questions.touchpoint) as sent_touchpoint,
        try_cast(sent_touchpoint as touchpoint_t) as touchpoint,
        coalesce(asked.journey_stage, questions.journey_stage, touchpoints.journey_stage::varchar)
            as sent_stage,
        try_cast(sent_stage as stage_t) as journey_stage,
        asked.channel as sent_channel, try_cast(asked.channel as channel_t) as channel,
        asked.segment as sent_segment,
        coalesce(try_cast(asked.segment as segment_t), customers.segment) as segment,
        asked.score is null as is_blank, try_cast(asked.score as double) as sent_score,
        case when questions.reversed then scale_min + scale_max - sent_score else sent_score end
            as score,
        case when asked.weight is null then 1 else try_cast(asked.weight as double) end as weight,
    from asked
    left join questions on asked.question = questions.question
    left join touchpoints on asked.touchpoint = touchpoints.touchpoint::varchar
    left join customers on asked.customer_key = customers.customer_key
    -- What has no possible time counts as lost in the month it was changed.
    left join clock on hour_of(
        case when is_in_time then responded_at else make_timestamp(epoch_us(changed_at)) end
    ) = clock.hour
)
select
    record_id, changed_at, extracted_at,
    hash(survey_id, response_id, question_id) as answer, hash(survey_id, response_id) as response,
    survey_id, question, metric, scale_min, scale_max, customer_key, channel, touchpoint,
    journey_stage, segment, weight, score, responded_at, day, place,
    case when metric != 'nps' then score when score >= 9 then 1 when score <= 6 then -1 else 0 end
        as x,
    score >= top_from as is_top,
    case metric when 'nps' then score <= 6 else score <= scale_min + (scale_max - scale_min) / 4 end
        as is_unhappy,
    case
        when is_blank then 'blank'
        when metric is null then 'unmapped_question'
        when responded_at is null then 'no_time'
        when not is_in_time then 'implausible_time'
        when not coalesce(isfinite(sent_score), false) then 'not_a_number'
        when not (sent_score between scale_min and scale_max
            and (metric != 'nps' or sent_score = floor(sent_score))) then 'out_of_scale'
        when not coalesce(weight between 0.000001 and 1000000, false) then 'bad_weight'
        when sent_touchpoint is not null and touchpoint is null then 'unknown_touchpoint'
        when sent_stage is not null and journey_stage is null then 'unknown_stage'
        when sent_channel is not null and channel is null then 'unknown_channel'
        when sent_segment is not null and try_cast(sent_segment as segment_t) is null
            then 'unknown_segment'
    end as reason,
from resolved;

create table answers as
select * exclude (record_id, changed_at, extracted_at) from sent_answers;
-- Few answers come twice, so only those are read again, for the newest copy of each. A record sent
-- twice is the same answer: without an id in the mapping its id is made of its content.
create table again as select answer from answers group by answer having count(*) > 1;
delete from answers where answer in (from again);
insert into answers
select * exclude (record_id, changed_at, extracted_at) from sent_answers
semi join again using (answer)
qualify row_number() over (
    partition by answer order by changed_at desc, extracted_at desc, record_id desc
) = 1;

create view sent_cases as
with sent as (
    select
        record_id, changed_at, extracted_at,
        unnest(from_json(payload, '{
            "case_id": "VARCHAR", "created_at": "VARCHAR", "customer_key": "VARCHAR",
            "channel": "VARCHAR", "schedule": "VARCHAR", "first_reply_target_minutes": "INTEGER",
            "is_deleted": "BOOLEAN"
        }')),
    from read_parquet(getvariable('lake') || '/desk/cases/*/*.parquet', hive_partitioning = false)
)
select
    record_id, changed_at, extracted_at, hash(text(case_id)) as number, text(case_id) as case_id,
    moment_of(created_at) as created_at, text(customer_key) as customer_key,
    try_cast(text(channel) as channel_t) as channel,
    try_cast(text(schedule) as schedule_t) as schedule, first_reply_target_minutes as target,
    coalesce(is_deleted, false) as is_deleted,
from sent;
create table cases as select * exclude (record_id, changed_at, extracted_at) from sent_cases;
create or replace table again as select number from cases group by number having count(*) > 1;
delete from cases where number in (from again);
insert into cases
select * exclude (record_id, changed_at, extracted_at) from sent_cases
semi join again using (number)
qualify row_number() over (
    partition by number order by changed_at desc, extracted_at desc, record_id desc
) = 1;
delete from cases where is_deleted;

create view sent_events as
with sent as (
    select
        record_id, changed_at, extracted_at,
        unnest(from_json(payload, '{
            "case_event_id": "VARCHAR", "case_id": "VARCHAR", "occurred_at": "VARCHAR",
            "sequence": "BIGINT", "event": "VARCHAR", "actor_role": "VARCHAR",
            "is_public": "BOOLEAN", "value": "VARCHAR", "_line": "BIGINT"
        }')),
    from read_parquet(
        getvariable('lake') || '/desk/case_events/*/*.parquet', hive_partitioning = false
    )
)
select
    record_id, changed_at, extracted_at, coalesce(text(case_event_id), record_id) as event_id,
    hash(coalesce(text(case_event_id), record_id)) as event_number, hash(text(case_id)) as number,
    case when is_plausible(moment_of(occurred_at), extracted_at) then moment_of(occurred_at) end
        as moment, coalesce(sequence, _line, 0) as sequence, event::event_t as event,
    actor_role::actor_t as actor, is_public, text(value) as value,
from sent;
create table events as
select event_number, number, moment, event, actor, is_public, value from sent_events;
