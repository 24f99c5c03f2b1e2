-- One row per decided action, the open ones first, by due date.
select
    action_id,
    title,
    owner,
    due_on::varchar as due_on,
    status,
    target_metric,
    target_dimension,
    target_member,
from rpt_actions
where decided_on is null or decided_on::varchar < getvariable('period_end')
order by status = 'done', due_on, action_id
