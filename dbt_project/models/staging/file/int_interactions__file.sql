{{ config(materialized='view') }}

select
    source,
    stream,
    record_id,
    interaction_id,
    customer_key,
    touchpoint,
    journey_stage,
    channel,
    occurred_at,
    changed_at,
    extracted_at,
from {{ ref('stg_file__interactions') }}
