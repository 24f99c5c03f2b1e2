-- One row per month and answer group of NPS, detractors first.
select
    period,
    bucket,
    position,
    n,
    share,
from rpt_distribution
where
    metric = 'nps'
    and dimension = 'all'
    and period between getvariable('first_period') and getvariable('period')
order by period, position
