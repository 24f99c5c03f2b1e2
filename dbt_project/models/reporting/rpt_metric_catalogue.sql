select
    metric,
    label,
    unit,
    better,
    definition,
    definition_source,
    position,
from {{ ref('metrics') }}
