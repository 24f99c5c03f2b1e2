{{ config(materialized='view') }}

-- Of a reviewer no more is known than the language of the newest review. `referenceId` is not
-- taken for the customer's own id: it is what the company put into the invitation, an order mostly.
select
    source,
    stream,
    record_id,
    customer_key,
    cast(null as varchar) as external_id,
    cast(null as varchar) as segment,
    cast(null as double) as account_value,
    cast(null as date) as joined_on,
    cast(null as date) as churned_on,
    language,
    changed_at,
    extracted_at,
from {{ ref('stg_trustpilot__reviews') }}
where customer_key is not null
qualify row_number() over (
    partition by source, customer_key
    order by created_at desc, record_id desc
) = 1
