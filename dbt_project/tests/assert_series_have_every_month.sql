-- Every series runs from the first to the last month without a gap or a repetition.
select
    scope,
    metric,
    dimension,
    member,
from {{ ref('rpt_metrics') }}
group by scope, metric, dimension, member
having
    count(*) != (select count(*) from {{ ref('int_periods') }})
    or count(distinct period) != (select count(*) from {{ ref('int_periods') }})
