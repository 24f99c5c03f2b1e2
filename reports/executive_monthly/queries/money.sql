-- One row per measure and member: churn, retention, lifetime value, revenue by NPS answer.
select
    months,
    measure,
    member,
    label,
    unit,
    n,
    value,
    low,
    high,
    p_adjusted,
    is_significant,
    note,
    suppressed,
from rpt_money
where period = getvariable('period')
order by measure, member
