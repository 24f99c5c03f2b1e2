-- The cells of scope and dimension `all` hold every answer once; in an increment, of its months.
with answers as (

    select
        period,
        metric,
        count(*) as n,
    from {{ ref('fct_feedback') }}
    where metric in ('nps', 'csat', 'ces') and {{ is_touched_month('period', 'feedback_months') }}
    group by period, metric

),

cells as (

    select
        period,
        metric,
        n,
    from {{ ref('int_metric_cells') }}
    where
        scope = 'all'
        and dimension = 'all'
        and metric != 'ces_top2'
        and {{ is_touched_month('period', 'feedback_months') }}

)

select
    period,
    metric,
    answers.n as answers,
    cells.n as in_cells,
from answers
full join cells using (period, metric)
where coalesce(answers.n, 0) != coalesce(cells.n, 0)
