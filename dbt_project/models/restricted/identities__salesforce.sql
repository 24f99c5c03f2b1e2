{{ config(materialized='view') }}

with accounts_landed as (

    select * from {{ source('raw', 'salesforce__accounts') }}
    {{ newest_copy() }}

),

accounts as (

    select
        landed.source,
        staged.customer_key,
        {{ text_or_null("landed.payload ->> '$.Name'") }} as name,
        cast(null as varchar) as email,
        landed.changed_at,
        landed.record_id,
    from accounts_landed as landed
    inner join {{ ref('stg_salesforce__accounts') }} as staged
        on landed.source = staged.source and landed.record_id = staged.record_id
    where not staged.is_deleted

),

contacts_landed as (

    select * from {{ source('raw', 'salesforce__contacts') }}
    {{ newest_copy() }}

),

contacts as (

    select
        source,
        source || ':' || record_id as customer_key,
        {{ text_or_null("payload ->> '$.Name'") }} as name,
        {{ text_or_null("payload ->> '$.Email'") }} as email,
        changed_at,
        record_id,
    from contacts_landed
    where coalesce(payload ->> '$.IsDeleted', 'false') != 'true'

)

select * from accounts
union all by name
select * from contacts
