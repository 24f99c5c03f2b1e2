-- One row per curve and month of tenure: the share of customers who stayed that long.
select
    curve,
    month,
    at_risk,
    survival,
    low,
    high,
from rpt_survival
where period = getvariable('period')
order by curve, month
