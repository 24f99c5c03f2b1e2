-- Customers whose first day is known, over all sources one row each. Who is in a register without
-- a first day (a walk-in, a contact of an account) is not counted as a customer here; nor is one
-- who was lost before the first day, which cannot be.
select
    cast(row_number() over (order by customer_key) as bigint) as customer_number,
    customer_key,
    customer_hash,
    segment,
    -- A value nobody can pay is none.
    case when account_value >= 0 and isfinite(account_value) then account_value end
        as monthly_revenue,
    date_diff('day', date '1970-01-01', joined_on) as joined_day,
    date_diff('day', date '1970-01-01', churned_on) as lost_day,
from {{ ref('dim_customers') }}
where joined_on is not null and (churned_on is null or churned_on >= joined_on)
