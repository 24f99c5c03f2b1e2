select
    period,
    source,
    survey_id,
    segment,
    outcome,
    count(*) as n,
from {{ ref('int_invitation_outcomes') }}
group by period, source, survey_id, segment, outcome
