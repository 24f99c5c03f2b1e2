with landed as (

    select
        *,
        from_json(
            payload, '{"Name": "VARCHAR", "Privileged": "VARCHAR", "Lang": "VARCHAR"}'
        ) as sent
    from {{ newest_copies('request_tracker__users') }}

),

renamed as (

    select
        source,
        stream,
        record_id,
        record_id as user_id,
        source || ':' || record_id as customer_key,
        -- RT calls those who work in it privileged; two users are RT itself and nobody.
        case
            when sent.name in ('RT_System', 'Nobody') then 'system'
            when sent.privileged in ('1', 'true') then 'agent'
            when sent.privileged in ('0', '', 'false') then 'customer'
        end as role,
        lower(regexp_extract({{ text_or_null('sent.lang') }}, '^[A-Za-z]+')) as language,
        changed_at,
        extracted_at,
    from landed

)

select * from renamed
