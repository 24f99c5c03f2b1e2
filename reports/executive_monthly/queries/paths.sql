-- One row per step from one touchpoint to the next, the most frequent first; printable ones only.
select
    months,
    from_touchpoint,
    from_label,
    to_touchpoint,
    to_label,
    n,
    customers,
    share,
    median_days,
from rpt_paths
where
    period = getvariable('period')
    and not suppressed
    and n > 0
order by n desc, from_touchpoint asc, to_touchpoint asc
