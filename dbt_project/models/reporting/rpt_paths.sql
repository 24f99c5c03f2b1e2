select
    paths.scope,
    paths.period,
    paths.months,
    paths.from_touchpoint,
    origins.label as from_label,
    paths.to_touchpoint,
    destinations.label as to_label,
    paths.n,
    paths.customers,
    paths.share,
    paths.median_days,
    paths.suppressed,
from {{ ref('int_paths') }} as paths
inner join {{ ref('touchpoints') }} as origins on paths.from_touchpoint = origins.touchpoint
inner join {{ ref('touchpoints') }} as destinations
    on paths.to_touchpoint = destinations.touchpoint
