{{ config(materialized='view') }}

with accounts as (

    select
        source,
        stream,
        record_id,
        customer_key,
        external_id,
        segment,
        monthly_revenue as account_value,
        joined_on,
        churned_on,
        changed_at,
        extracted_at,
    from {{ ref('stg_salesforce__accounts') }}
    where not is_deleted

),

contacts as (

    select
        source,
        stream,
        record_id,
        source || ':' || contact_id as customer_key,
        cast(null as varchar) as external_id,
        cast(null as varchar) as segment,
        cast(null as double) as account_value,
        cast(null as date) as joined_on,
        cast(null as date) as churned_on,
        changed_at,
        extracted_at,
    from {{ ref('stg_salesforce__contacts') }}
    where account_id is null and not is_deleted

),

everyone as (

    select * from accounts
    union all by name
    select * from contacts

)

select
    *,
    cast(null as varchar) as language,
from everyone
