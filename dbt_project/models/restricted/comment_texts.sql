{{ config(materialized='view') }}

-- What customers wrote, as they wrote it: read by `redacted_comments` alone.
with surveys as (

    select
        {{ feedback_id() }} as comment_id,
        source,
        concat_ws('|', source, survey_id, response_id, about_question) as feedback_id,
        cast(null as varchar) as case_id,
        customer_key,
        value as text,
        language,
        responded_at as written_at,
    from {{ ref('int_feedback_judged') }}
    where reason is null and metric = 'comment'

),

-- Words that come with a record instead of as an answer: reviews, ratings of cases, files.
sent_apart as (

    {{ everything_fed_to('comments') }}

),

everything as (

    select * from surveys
    union all by name
    select * from sent_apart

),

-- Where nobody wrote a word, no answer and no case is looked at. (By way of the few sources: how many
-- words there are DuckDB does not know, and may put all answers in a table to look up none.)
writing as (

    select sources.source
    from {{ source('raw', 'sources') }} as sources
    where sources.source in (select everything.source from everything)

),

answers as (

    select
        feedback_id,
        customer_key,
    from {{ ref('feedback') }}
    where source in (select writing.source from writing)

),

cases as (

    select
        source,
        case_id,
        customer_key,
    from {{ ref('cases') }}
    where source in (select writing.source from writing)

)

-- The words are kept where their score is not counted; they then belong to no feedback.
select
    everything.comment_id,
    everything.source,
    feedback.feedback_id,
    everything.case_id,
    coalesce(everything.customer_key, feedback.customer_key, cases.customer_key) as customer_key,
    everything.text,
    everything.language,
    everything.written_at,
from everything
left join answers as feedback
    on everything.feedback_id = feedback.feedback_id
left join cases
    on everything.source = cases.source and everything.case_id = cases.case_id
