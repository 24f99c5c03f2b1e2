select
    scope,
    period,
    curve,
    cast(month as integer) as month,
    at_risk,
    survival,
    low,
    high,
from {{ ref('int_survival_statistics') }}
