with recipients as (

    select * from {{ ref('stg_surveymonkey__recipients') }}

),

-- A recipient is read again for two weeks only; who answered later is known by the response.
completed as (

    select distinct
        source,
        collector_id,
        recipient_id,
    from {{ ref('stg_surveymonkey__responses') }}
    where is_completed and recipient_id is not null

)

select
    recipients.source,
    recipients.stream,
    recipients.record_id,
    recipients.record_id as invitation_id,
    recipients.survey_id,
    recipients.customer_key,
    collectors.collector_type as channel,
    recipients.sent_at,
    case
        when completed.recipient_id is not null then 'completely_responded'
        when coalesce(recipients.mail_status, 'sent') = 'sent'
            then recipients.survey_response_status
        else recipients.mail_status
    end as outcome,
    recipients.changed_at,
    recipients.extracted_at,
from recipients
left join {{ ref('stg_surveymonkey__collectors') }} as collectors
    on
        recipients.source = collectors.source
        and recipients.survey_id = collectors.survey_id
        and recipients.collector_id = collectors.collector_id
left join completed
    on
        recipients.source = completed.source
        and recipients.collector_id = completed.collector_id
        and recipients.recipient_id = completed.recipient_id
-- Whose invitation has not left yet was not asked.
where coalesce(recipients.mail_status, 'sent') not in ('not_sent', 'processing')
