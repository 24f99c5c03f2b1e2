-- Who a company's figures should speak for: its customers at the end of the month. The month as it
-- is written tells the day: the moment it ends lies on another one where clocks are ahead of UTC.
with periods as (

    select
        period,
        cast({{ period_shift('period', 1) }} || '-01' as date) as next_day,
    from {{ ref('int_periods') }}

)

select
    periods.period,
    customers.segment,
    count(*) as customers,
from periods
inner join {{ ref('dim_customers') }} as customers
    on
        coalesce(periods.next_day > customers.joined_on, true)
        and coalesce(periods.next_day <= customers.churned_on, true)
where customers.segment is not null
group by periods.period, customers.segment
