-- Who a company's figures should speak for: its customers at the end of the month.
select
    periods.period,
    customers.segment,
    count(*) as customers,
from {{ ref('int_periods') }} as periods
inner join {{ ref('dim_customers') }} as customers
    on
        coalesce(customers.joined_on < cast(periods.ends_at as date), true)
        and coalesce(customers.churned_on >= cast(periods.ends_at as date), true)
where customers.segment is not null
group by periods.period, customers.segment
