{{ config(materialized='view') }}

-- A file's record holds a score and the words that came with it; a newer copy replaces both.
select
    concat_ws('|', source, stream, record_id, 'comment') as comment_id,
    source,
    {{ feedback_id() }} as feedback_id,
    cast(null as varchar) as case_id,
    comment as text,
    language,
    responded_at as written_at,
from {{ ref('int_feedback_judged') }}
where comment is not null and not is_superseded
