-- sqlfluff:indentation:template_blocks_indent:False
{{ config(
    materialized='incremental',
    pre_hook="{{ forget_loops() }}",
    post_hook="{{ note_places_of_loops() }}",
) }}

-- An unhappy answer: a detractor's, or one in the lowest quarter of a satisfaction scale. A contact
-- follows it up when what it is about was raised within the days that a follow-up may take, and
-- the contact came in them too. The next answer to the same question, within a year, says how it
-- went on. Moments are without a zone here: arithmetic on those needs no calendar.
{% set in_time = "interval (" ~ var('follow_up_days') ~ ") day" %}

with hours as (

    {{ local_hours(
        'select min(starts_at) from ' ~ ref('int_periods')
        ~ ' where ' ~ is_touched_month('period', 'loop_months'),
        'select max(ends_at) from ' ~ ref('int_periods')
        ~ ' where ' ~ is_touched_month('period', 'loop_months'),
    ) }}

),

-- A response that is unhappy twice is one to be followed up, first of all as a recommendation.
questions as (

    select
        metric,
        question_id,
        row_number() over (order by metric = 'nps' desc, question_id) as rank,
    from {{ ref('survey_questions') }}
    group by metric, question_id

),

feedback as (

    select
        *,
        case
            when metric = 'nps' then is_detractor
            else score <= scale_min + (scale_max - scale_min) / 4
        end as is_unhappy,
    from {{ ref('fct_feedback') }}
    where metric in ('nps', 'csat') and {{ is_since_touched_month('period', 'loop_months') }}

),

-- All answers are put in order: a few numbers of each take a fraction of the time. Of whom nobody
-- can be named each is alone.
asked as (

    select
        feedback.feedback_hash as answer,
        feedback.customer_hash as who,
        case
            when feedback.customer_hash is null then feedback.feedback_hash
            else hash(
                feedback.source, feedback.survey_id, feedback.question_id, feedback.customer_hash
            )
        end as asked,
        feedback.response_hash as response,
        questions.rank,
        cast({{ place_of('feedback.period') }} as smallint) as place,
        {{ name_of('segment', 'feedback.segment') }} as segment,
        make_timestamp(epoch_us(feedback.responded_at)) as responded_at,
        feedback.is_unhappy,
    from feedback
    inner join questions
        on feedback.metric = questions.metric and feedback.question_id = questions.question_id
    {%- if is_increment() %}
    union all by name
    select
        answer,
        asked,
        place,
        responded_at,
        true as is_unhappy,
    from touched.loop_again
    where is_next_asked and place < (select min(months.place) from touched.loop_months as months)
    {%- endif %}

),

followed_by as (

    select
        *,
        lead(responded_at) over later as next_at,
        lead(is_unhappy) over later as is_next_unhappy,
    from asked
    window
        later as (
            partition by asked
            order by responded_at, answer
        )

),

unhappy as (

    select
        * exclude (is_unhappy, response, rank),
        true as is_contact_asked,
        cast(null as timestamp) as contacted_at,
    from followed_by
    where is_unhappy and {{ is_touched_place('place', 'loop_months') }}
    qualify
        row_number() over (
            partition by response
            order by rank
        ) = 1
    {%- if is_increment() %}
    union all by name
    select
        again.* exclude (
            hours, state, next_at, next_place, is_improved, is_next_asked
        ),
        case when again.is_next_asked then followed_by.next_at else again.next_at end as next_at,
        case
            when again.is_next_asked then followed_by.is_next_unhappy else not again.is_improved
        end as is_next_unhappy,
    from touched.loop_again as again
    left join followed_by on again.answer = followed_by.answer
    {%- endif %}

),

answers as (

    select
        * exclude (next_at, is_next_unhappy),
        responded_at + {{ in_time }} as until,
        case when next_at < responded_at + interval 1 year then next_at end as next_at,
        case when next_at < responded_at + interval 1 year then not is_next_unhappy end
            as is_improved,
    from unhappy

),

-- Of all that was raised later the earliest contact decides.
contacts as (

    select
        who,
        make_timestamp(epoch_us(raised_at)) as raised_at,
        make_timestamp(epoch_us(min(contacted_at) over (
            partition by who
            order by raised_at desc
        ))) as contacted_at,
    from {{ ref('int_loop_contacts') }}
    where
        epoch_us(raised_at)
        > (
            select min(epoch_us(answers.responded_at))
            from answers
            where answers.is_contact_asked
        )

),

-- How far those who would know of a contact are complete.
known as (

    select make_timestamp(epoch_us(min(sources.watermark))) as known_until
    from {{ source('raw', 'sources') }} as sources
    where
        sources.source in (select told.source from {{ ref('int_loop_contacts') }} as told)

),

followed as (

    select
        answers.* exclude (contacted_at),
        case
            when not answers.is_contact_asked then answers.contacted_at
            when contacts.contacted_at < answers.until then contacts.contacted_at
        end as contacted_at,
    from answers
    asof left join contacts
        on answers.who = contacts.who and answers.responded_at < contacts.raised_at

),

gone_on as (

    select
        *,
        -- An answer given while the follow-up could still come says nothing about it.
        case when who is not null and next_at >= until then next_at end as counted_at,
    from followed

)

select
    gone_on.answer,
    gone_on.who,
    gone_on.asked,
    gone_on.place,
    gone_on.segment,
    gone_on.responded_at,
    gone_on.contacted_at,
    gone_on.next_at,
    date_diff('second', gone_on.responded_at, gone_on.contacted_at) / 3600.0 as hours,
    cast(
        case
            when gone_on.who is null then 'unknown_customer'
            when known.known_until is null then 'no_contacts_known'
            -- Also of those followed up already: the others wait, and would be missing beside them.
            when gone_on.until > known.known_until then 'waiting'
            when gone_on.contacted_at is not null then 'followed_up'
            else 'not_followed_up'
        end as enum(
            'unknown_customer', 'no_contacts_known', 'followed_up', 'waiting', 'not_followed_up'
        )
    ) as state,
    cast(
        case
            when gone_on.counted_at is not null
                then {{ local_place('make_timestamptz(epoch_us(gone_on.counted_at))') }}
        end as smallint
    ) as next_place,
    gone_on.is_improved,
from gone_on
cross join known
left join hours on {{ hour_of('gone_on.counted_at') }} = hours.hour
