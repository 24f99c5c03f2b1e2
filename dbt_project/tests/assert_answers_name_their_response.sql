-- An increment finds the answers it touches by these (macros/increments.sql, same_key).
select
    source,
    response_id,
from {{ ref('int_feedback_judged') }}
where source is null or response_id is null
