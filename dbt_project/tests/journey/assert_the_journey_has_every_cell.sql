-- A row for each configured touchpoint (and stage) by channel (and all): no data is said.
with expected as (

    select
        (
            (select count(*) from {{ ref('touchpoints') }})
            + (select count(*) from {{ ref('journey_stages') }})
        )
        * (1 + (select count(*) from {{ ref('channels') }})) as cells,

)

select
    found.scope,
    found.period,
    found.metric,
    count(*) as cells,
from {{ ref('rpt_journey_cells') }} as found
cross join expected
group by found.scope, found.period, found.metric, expected.cells
having count(*) != expected.cells
