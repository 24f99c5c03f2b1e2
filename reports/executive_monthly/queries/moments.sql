-- One row per outcome and touchpoint: what followed good and bad experiences there, widest first.
select
    months,
    outcome,
    touchpoint,
    label,
    position,
    n_good,
    n_bad,
    after_good,
    after_good_low,
    after_good_high,
    after_bad,
    after_bad_low,
    after_bad_high,
    difference,
    low,
    high,
    p_adjusted,
    is_significant,
    suppressed,
from rpt_moments
where period = getvariable('period')
order by outcome, position, touchpoint
