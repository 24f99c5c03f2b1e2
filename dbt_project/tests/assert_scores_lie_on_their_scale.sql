-- What is counted lies on the scale its question declares.
select
    {{ feedback_id() }} as feedback_id,
    score,
    scale_min,
    scale_max,
from {{ rows_to_test(ref('int_feedback_judged')) }}
where fault is null and metric != 'comment' and not (score between scale_min and scale_max)
