{{ config(materialized='view') }}

select
    source,
    stream,
    record_id,
    invitation_id,
    survey_id,
    customer_key,
    channel,
    sent_at,
    outcome,
    changed_at,
    extracted_at,
from {{ ref('stg_file__invitations') }}
