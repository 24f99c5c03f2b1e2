-- Below the minimum of answers no number of a cell leaves the warehouse.
with cells as (

    select
        scope,
        period,
        metric,
        dimension,
        member,
        n,
    from {{ ref('int_metric_cells') }}
    union all
    select
        scope,
        period,
        metric,
        dimension,
        member,
        n,
    from {{ ref('int_support_cells') }}

)

select
    printed.scope,
    printed.period,
    printed.metric,
    printed.dimension,
    printed.member,
from {{ ref('rpt_metrics') }} as printed
inner join cells
    on
        printed.scope = cells.scope
        and printed.period = cells.period
        and printed.metric = cells.metric
        and printed.dimension = cells.dimension
        and printed.member = cells.member
where
    (cells.n between 1 and {{ var('minimum_n') }} - 1 and not printed.suppressed)
    or (
        printed.suppressed
        and coalesce(
            printed.n, printed.value, printed.low, printed.high, printed.previous,
            printed.previous_n, printed.change, printed.p, printed.same_month_last_year,
            printed.centre
        ) is not null
    )
