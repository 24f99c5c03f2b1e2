select
    customer_key,
    source,
    external_id,
    case when unknown_segment is null then segment end as segment,
    account_value,
    joined_on,
    churned_on,
    language,
from {{ ref('int_customers_judged') }}
where reason is null
