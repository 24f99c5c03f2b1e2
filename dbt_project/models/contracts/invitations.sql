-- A new source adds its invitations here.
select
    concat_ws('|', source, invitation_id) as invitation_id,
    source,
    survey_id,
    customer_key,
    channel,
    sent_at,
    outcome,
from {{ ref('stg_file__invitations') }}
where sent_at is not null
qualify row_number() over (
    partition by source, invitation_id
    order by changed_at desc, extracted_at desc, record_id desc, stream asc
) = 1
