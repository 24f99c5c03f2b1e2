with landed as (

    select
        *,
        from_json(
            payload,
            '{
                "ApiName": "VARCHAR", "MasterLabel": "VARCHAR", "IsClosed": "VARCHAR",
                "IsDefault": "VARCHAR"
            }'
        ) as sent
    from {{ newest_copies('salesforce__case_statuses') }}

),

renamed as (

    select
        source,
        stream,
        record_id,
        {{ text_or_null('sent.apiname') }} as api_name,
        {{ text_or_null('sent.masterlabel') }} as label,
        try_cast(sent.isclosed as boolean) as is_closed,
        coalesce(try_cast(sent.isdefault as boolean), false) as is_default,
        changed_at,
        extracted_at,
    from landed

)

select * from renamed
