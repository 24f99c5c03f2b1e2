select
    {{ period_of('occurred_at') }} as period,
    source,
    reason,
    count(*) as n,
from {{ ref('quarantine') }}
-- The newest copy of an answer counts; the ones before it are no fault of anybody's.
where reason != 'superseded'
group by period, source, reason
