-- One row per earlier month and metric whose figure is not the one first printed.
select
    period,
    metric,
    printed_value,
    printed_n,
    value,
    n,
from rpt_restatements
where period between getvariable('first_period') and getvariable('period')
order by period desc, metric asc
