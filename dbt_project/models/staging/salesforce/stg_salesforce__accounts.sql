-- Which custom fields hold what is an option of the source.
with options as (

    select
        source,
        max(value) filter (where option = 'customer_id_field') as customer_id_field,
        max(value) filter (where option = 'monthly_revenue_field') as monthly_revenue_field,
        max(value) filter (where option = 'annual_revenue_field') as annual_revenue_field,
        max(value) filter (where option = 'segment_field') as segment_field,
        max(value) filter (where option = 'joined_field') as joined_field,
        max(value) filter (where option = 'churned_field') as churned_field,
    from {{ source('raw', 'options') }}
    group by source

),

newest as (

    select * from {{ source('raw', 'salesforce__accounts') }}
    {{ newest_copy() }}

),

landed as (

    select
        newest.*,
        newest.payload ->> '$.IsDeleted' as sent_is_deleted,
        {% for field in [
            'customer_id', 'monthly_revenue', 'annual_revenue', 'segment', 'joined', 'churned'
        ] %}
            json_extract_string(
                newest.payload, '$."' || options.{{ field }}_field || '"'
            ) as sent_{{ field }},
        {% endfor %}
    from newest
    left join options on newest.source = options.source

),

renamed as (

    select
        source,
        stream,
        record_id,
        record_id as account_id,
        {{ text_or_null('sent_customer_id') }} as external_id,
        coalesce({{ text_or_null('sent_customer_id') }}, source || ':' || record_id)
            as customer_key,
        {{ text_or_null('sent_segment') }} as segment,
        coalesce(
            {{ number_or_null('sent_monthly_revenue') }},
            {{ number_or_null('sent_annual_revenue') }} / 12
        ) as monthly_revenue,
        coalesce(try_cast(sent_is_deleted as boolean), false) as is_deleted,
        -- A date, or a time of which the day counts.
        try_cast(left(sent_joined, 10) as date) as joined_on,
        try_cast(left(sent_churned, 10) as date) as churned_on,
        changed_at,
        extracted_at,
    from landed

)

select * from renamed
