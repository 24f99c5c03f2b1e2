-- The cells of scope and dimension `all` hold every answer once.
with answers as (

    select
        metric,
        count(*) as n,
    from {{ ref('fct_feedback') }}
    where metric in ('nps', 'csat', 'ces')
    group by metric

),

cells as (

    select
        metric,
        sum(n) as n,
    from {{ ref('int_metric_cells') }}
    where scope = 'all' and dimension = 'all' and metric != 'ces_top2'
    group by metric

)

select
    metric,
    answers.n as answers,
    cells.n as in_cells,
from answers
full join cells using (metric)
where answers.n is distinct from cells.n
