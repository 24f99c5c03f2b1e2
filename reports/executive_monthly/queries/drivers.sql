-- One row per driver: how much of the score goes with it, and how satisfied customers are with it.
select
    months,
    driver,
    label,
    position,
    n,
    r2,
    r2_low,
    r2_high,
    share,
    share_low,
    share_high,
    performance,
    performance_low,
    performance_high,
    p_adjusted,
    is_significant,
    note,
    suppressed,
from rpt_drivers
where period = getvariable('period')
order by position, driver
