with landed as (

    select
        *,
        from_json(
            payload,
            '{
                "id": "VARCHAR", "title": "VARCHAR",
                "fields": [{
                    "id": "VARCHAR", "ref": "VARCHAR", "title": "VARCHAR", "type": "VARCHAR",
                    "properties": {"steps": "INTEGER", "start_at_one": "BOOLEAN"}
                }]
            }'
        ) as sent
    from {{ source('raw', 'typeform__forms') }}
    {{ newest_copy() }}

),

fields as (

    select
        source,
        stream,
        record_id,
        sent,
        changed_at,
        unnest(sent.fields) as field,
    from landed

),

renamed as (

    select
        source,
        stream,
        record_id,
        coalesce(sent.id, record_id) as form_id,
        coalesce(field.ref, field.id) as question_id,
        sent.title as form_title,
        field.title as question_title,
        field.type as question_type,
        field.properties.steps as count_steps,
        field.properties.start_at_one as starts_at_one,
        changed_at,
    from fields

)

select * from renamed
