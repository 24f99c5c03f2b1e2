with landed as (

    select
        *,
        from_json(
            payload,
            '{
                "id": "VARCHAR", "title": "VARCHAR",
                "fields": [{
                    "id": "VARCHAR", "ref": "VARCHAR", "title": "VARCHAR", "type": "VARCHAR",
                    "properties": {
                        "steps": "INTEGER", "start_at_one": "BOOLEAN", "fields": ["JSON"]
                    }
                }]
            }'
        ) as sent
    from {{ newest_copies('typeform__forms') }}

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

-- A question group, a matrix or an address holds questions of its own; a matrix may be in a group.
inner_fields as (

    select
        * replace (
            unnest(
                from_json(
                    to_json(field.properties.fields),
                    '[{
                        "id": "VARCHAR", "ref": "VARCHAR", "title": "VARCHAR", "type": "VARCHAR",
                        "properties": {
                            "steps": "INTEGER", "start_at_one": "BOOLEAN", "fields": ["JSON"]
                        }
                    }]'
                )
            ) as field
        ),
    from fields

),

innermost_fields as (

    select
        * replace (
            unnest(
                from_json(
                    to_json(field.properties.fields),
                    '[{
                        "id": "VARCHAR", "ref": "VARCHAR", "title": "VARCHAR", "type": "VARCHAR",
                        "properties": {
                            "steps": "INTEGER", "start_at_one": "BOOLEAN", "fields": ["JSON"]
                        }
                    }]'
                )
            ) as field
        ),
    from inner_fields

),

every_field as (

    select * from fields
    union all by name
    select * from inner_fields
    union all by name
    select * from innermost_fields

),

renamed as (

    select
        source,
        stream,
        record_id,
        coalesce(sent.id, record_id) as form_id,
        coalesce(field.ref, field.id, 'no question id') as question_id,
        sent.title as form_title,
        field.title as question_title,
        field.type as question_type,
        field.properties.steps as count_steps,
        field.properties.start_at_one as starts_at_one,
        changed_at,
    from every_field

)

select * from renamed
qualify row_number() over (
    partition by source, form_id, question_id
    order by question_type, question_title
) = 1
