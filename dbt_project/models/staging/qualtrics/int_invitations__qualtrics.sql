select
    history.source,
    history.stream,
    history.record_id,
    history.record_id as invitation_id,
    distributions.survey_id,
    history.customer_key,
    'email' as channel,
    coalesce(history.sent_at, distributions.sent_at) as sent_at,
    history.status as outcome,
    history.changed_at,
    history.extracted_at,
from {{ ref('stg_qualtrics__distribution_history') }} as history
left join {{ ref('stg_qualtrics__distributions') }} as distributions
    on
        history.source = distributions.source
        and history.distribution_id = distributions.distribution_id
-- Pending: not asked yet.
where coalesce(history.status, '') != 'Pending'
