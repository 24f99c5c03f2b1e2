{{ config(materialized='view') }}

-- A file's record holds a score and the words that came with it; a newer copy replaces both.
with records as (

    select * from {{ ref('stg_file__feedback') }}
    qualify row_number() over (
        partition by source, survey_id, response_id, question_id
        order by changed_at desc, extracted_at desc, record_id desc, stream asc
    ) = 1

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
where comment is not null
