{{ config(materialized='incremental', pre_hook="{{ forget_loops() }}") }}

-- An unhappy answer: a detractor's, or one in the lowest quarter of a satisfaction scale. A contact
-- follows it up when what it is about was raised within the days that a follow-up may take, and
-- the contact came in them too. The next answer to the same question says how it went on.
{% set in_time = "answers.responded_at + interval (" ~ var('follow_up_days') ~ ") day" %}

with feedback as not materialized (

    select
        *,
        case
            when metric = 'nps' then is_detractor
            else score <= scale_min + (scale_max - scale_min) / 4
        end as is_unhappy,
    from {{ ref('fct_feedback') }}
    where metric in ('nps', 'csat') and {{ is_touched_month('period', 'loop_months') }}

),

-- All answers are put in order for this: a few numbers of each take a fraction of the time.
asked as (

    select
        feedback_id,
        responded_at,
        is_unhappy,
        hash(source, survey_id, question_id, customer_key) as asked,
        hash(feedback_id) as tie,
    from feedback

),

followed_by as (

    select
        feedback_id,
        is_unhappy,
        lead(responded_at) over later as next_at,
        lead(is_unhappy) over later as is_next_unhappy,
    from asked
    window
        later as (
            partition by asked
            order by responded_at, tie
        )

),

-- A response that is unhappy twice is one to be followed up.
unhappy as (

    select
        feedback_id,
        customer_key,
        metric,
        period,
        segment,
        responded_at,
    from feedback
    where is_unhappy
    qualify
        row_number() over (
            partition by source, survey_id, response_id
            order by metric = 'nps' desc, question_id
        ) = 1

),

answers as (

    select
        unhappy.*,
        followed_by.next_at,
        followed_by.is_next_unhappy,
    from unhappy
    inner join followed_by
        on unhappy.feedback_id = followed_by.feedback_id and followed_by.is_unhappy

),

contacts as (

    select * from {{ ref('int_loop_contacts') }}

),

-- How far those who would know of a contact are complete.
known as (

    select min(sources.watermark) as known_until
    from {{ source('raw', 'sources') }} as sources
    where sources.source in (select contacts.source from contacts)

),

followed as (

    select
        answers.feedback_id,
        min(contacts.contacted_at) as contacted_at,
    from answers
    inner join contacts
        on
            answers.customer_key = contacts.customer_key
            and answers.responded_at < contacts.raised_at
            and contacts.contacted_at < {{ in_time }}
    group by answers.feedback_id

)

select
    answers.feedback_id,
    answers.metric,
    answers.period,
    answers.segment,
    answers.responded_at,
    followed.contacted_at,
    date_diff('second', answers.responded_at, followed.contacted_at) / 3600.0 as hours,
    case
        when answers.customer_key is null then 'unknown_customer'
        when known.known_until is null then 'no_contacts_known'
        when followed.contacted_at is not null then 'followed_up'
        when {{ in_time }} > known.known_until then 'waiting'
        else 'not_followed_up'
    end as state,
    -- An answer given while the follow-up could still come says nothing about it.
    case
        when
            answers.customer_key is not null
            and answers.next_at >= {{ in_time }}
            and answers.next_at < answers.responded_at + interval 1 year
            then {{ period_of('answers.next_at') }}
    end as next_period,
    not answers.is_next_unhappy as is_improved,
from answers
cross join known
left join followed on answers.feedback_id = followed.feedback_id
