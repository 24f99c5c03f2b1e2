-- Members of a dimension never hold more answers than their total, nor a cross more than its sides.
with cells as (

    select * from {{ ref('int_metric_cells') }}

),

parts as (

    select
        scope,
        period,
        metric,
        case when contains(dimension, '|') then split_part(dimension, '|', 1) else 'all' end
            as of_dimension,
        case when contains(dimension, '|') then split_part(member, '|', 1) else 'all' end
            as of_member,
        dimension,
        sum(n) as n,
    from cells
    where dimension != 'all'
    group by all

)

select
    parts.scope,
    parts.period,
    parts.metric,
    parts.dimension,
    parts.n as parts,
    cells.n as whole,
from parts
inner join cells
    on
        parts.scope = cells.scope
        and parts.period = cells.period
        and parts.metric = cells.metric
        and parts.of_dimension = cells.dimension
        and parts.of_member = cells.member
where parts.n > cells.n
