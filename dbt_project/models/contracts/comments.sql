with surveys as (

    select
        feedback_id as comment_id,
        source,
        concat_ws('|', source, survey_id, response_id, about_question) as feedback_id,
        cast(null as varchar) as case_id,
        value as text,
        language,
        responded_at as written_at,
    from {{ ref('int_feedback_judged') }}
    where reason is null and metric = 'comment'

),

-- A file's record holds a score and the words that came with it; a newer copy replaces both.
records as (

    select * from {{ ref('stg_file__feedback') }}
    qualify row_number() over (
        partition by source, survey_id, response_id, question_id
        order by changed_at desc, extracted_at desc, record_id desc, stream asc
    ) = 1

),

files as (

    select
        concat_ws('|', source, stream, record_id, 'comment') as comment_id,
        source,
        concat_ws('|', source, survey_id, response_id, question_id) as feedback_id,
        cast(null as varchar) as case_id,
        comment as text,
        language,
        responded_at as written_at,
    from records
    where comment is not null

),

ratings as (

    select * from {{ ref('int_comments__zendesk') }}

),

everything as (

    select * from surveys
    union all by name
    select * from files
    union all by name
    select * from ratings

)

-- The words are kept where their score is not counted; they then belong to no feedback.
select
    everything.comment_id,
    everything.source,
    feedback.feedback_id,
    everything.case_id,
    everything.text,
    everything.language,
    everything.written_at,
from everything
left join {{ ref('feedback') }} as feedback
    on everything.feedback_id = feedback.feedback_id
