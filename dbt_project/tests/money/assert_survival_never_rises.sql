with steps as (

    select
        *,
        lag(survival) over (partition by scope, period, curve order by month) as before,
    from {{ ref('rpt_survival') }}

)

select
    scope,
    period,
    curve,
    month,
from steps
where
    survival > before
    or survival not between low and high
    or at_risk < {{ var('minimum_n') }}
