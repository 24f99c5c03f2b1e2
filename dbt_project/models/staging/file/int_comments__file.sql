{{ config(materialized='view') }}

-- A file's record holds a score and the words that came with it; a newer copy replaces both.
with sent as not materialized (

    select * from {{ ref('stg_file__feedback') }}

),

commented as (

    select distinct
        source,
        response_id,
    from sent
    where comment is not null

),

rivals as not materialized (

    select sent.*
    from sent
    semi join commented
        on sent.source = commented.source and sent.response_id = commented.response_id

),

records as (

    select *
    from
        {{ with_copies(
            'rivals', ['source', 'survey_id', 'response_id', 'question_id'],
            'changed_at desc, extracted_at desc, record_id desc, stream asc'
        ) }}

)

select
    concat_ws('|', source, stream, record_id, 'comment') as comment_id,
    source,
    concat_ws('|', source, survey_id, response_id, question_id) as feedback_id,
    cast(null as varchar) as case_id,
    comment as text,
    language,
    responded_at as written_at,
from records
where copy = 1 and comment is not null
