-- When somebody of the company spoke to a customer about something newly raised: the first public
-- comment of an agent on a case, or a meeting at the touchpoint `follow_up` (a logged call, say).
with cases as (

    select
        source,
        customer_key,
        created_at as raised_at,
        first_reply_at as contacted_at,
    from {{ ref('fct_cases') }}

),

follow_ups as (

    select
        source,
        customer_key,
        occurred_at as raised_at,
        occurred_at as contacted_at,
    from {{ ref('interactions') }}
    where touchpoint = 'follow_up'

)

select * from cases
where customer_key is not null and contacted_at is not null
union all by name
select * from follow_ups
where customer_key is not null
