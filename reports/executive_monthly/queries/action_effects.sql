-- One row per action and method: what happened to the metric the action named beforehand.
select
    action_id,
    method,
    metric,
    dimension,
    member,
    months_before,
    months_after,
    unit,
    better,
    effect,
    low,
    high,
    p,
    p_adjusted,
    verdict,
from rpt_action_effects
where period = getvariable('period')
order by action_id, method
