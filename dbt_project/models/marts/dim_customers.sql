{{ config(post_hook="{{ note_changed_customers() }}") }}

-- A customer known to several sources under one key: each property from the first source (by name)
-- that knows it.
select
    customer_key,
    hash(customer_key) as customer_hash,
    first(external_id order by source) filter (where external_id is not null) as external_id,
    first(segment order by source) filter (where segment is not null) as segment,
    first(account_value order by source) filter (where account_value is not null) as account_value,
    first(joined_on order by source) filter (where joined_on is not null) as joined_on,
    first(churned_on order by source) filter (where churned_on is not null) as churned_on,
    first(language order by source) filter (where language is not null) as language,
from {{ ref('customers') }}
group by customer_key
