with landed as (

    select
        *,
        from_json(
            payload,
            '{
                "id": "VARCHAR", "archived": "BOOLEAN", "createdAt": "VARCHAR",
                "properties": {
                    "hs_survey_id": "VARCHAR", "hs_survey_type": "VARCHAR",
                    "hs_survey_name": "VARCHAR", "hs_survey_channel": "VARCHAR",
                    "hs_value": "VARCHAR",
                    "hs_response_group": "VARCHAR", "hs_content": "VARCHAR",
                    "hs_contact_id": "VARCHAR", "hs_submission_timestamp": "VARCHAR",
                    "hs_createdate": "VARCHAR"
                }
            }'
        ) as sent
    from {{ newest_copies('hubspot__feedback_submissions') }}

),

renamed as (

    select
        source,
        stream,
        record_id,
        record_id as submission_id,
        {{ text_or_null('sent.properties.hs_survey_id') }} as survey_id,
        {{ text_or_null('sent.properties.hs_survey_name') }} as survey_title,
        {{ text_or_null('sent.properties.hs_survey_type') }} as survey_type,
        {{ text_or_null('sent.properties.hs_survey_channel') }} as survey_channel,
        {{ text_or_null('sent.properties.hs_response_group') }} as response_group,
        {{ text_or_null('sent.properties.hs_value') }} as value,
        {{ text_or_null('sent.properties.hs_content') }} as content,
        {{ text_or_null('sent.properties.hs_contact_id') }} as contact_id,
        -- Answers to a survey's further questions: every property that is not HubSpot's own.
        list_filter(
            json_keys(payload, '$.properties'),
            lambda name: not starts_with(name, 'hs_') and name not in ('createdate')
        ) as further_questions,
        payload -> '$.properties' as properties,
        coalesce(sent.archived, false) as is_deleted,
        {{ hubspot_moment('sent.properties.hs_submission_timestamp') }} as submitted_at,
        coalesce(
            {{ hubspot_moment('sent.properties.hs_createdate') }},
            {{ hubspot_moment('sent."createdAt"') }}
        ) as created_at,
        changed_at,
        extracted_at,
    from landed

)

select * from renamed
