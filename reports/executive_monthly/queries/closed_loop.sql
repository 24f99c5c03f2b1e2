-- One row: detractors of the month, how many were called back, and what came of it.
select
    detractors,
    waiting,
    unknown_customer,
    n,
    followed_up,
    followed_up_share,
    low,
    high,
    median_hours,
    hours_low,
    hours_high,
    outcomes,
    improved,
    improved_share,
    improved_low,
    improved_high,
    other_outcomes,
    other_improved_share,
    other_improved_low,
    other_improved_high,
    is_significant,
    suppressed,
from rpt_closed_loop
where period = getvariable('period')
order by detractors
