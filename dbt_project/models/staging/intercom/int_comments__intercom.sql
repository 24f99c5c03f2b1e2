{{ config(materialized='view') }}

with remarks as (

    select
        *,
        'conversation_rating' as survey_id,
        remark as text,
        rated_at as written_at,
    from {{ ref('stg_intercom__conversations') }}
    where remark is not null

    union all by name

    select
        *,
        'ai_agent' as survey_id,
        ai_remark as text,
        ai_rated_at as written_at,
    from {{ ref('stg_intercom__conversations') }}
    where ai_remark is not null

)

select
    concat_ws('|', remarks.source, remarks.conversation_id, remarks.survey_id) as comment_id,
    remarks.source,
    concat_ws('|', remarks.source, remarks.survey_id, remarks.conversation_id, 'rating')
        as feedback_id,
    remarks.conversation_id as case_id,
    remarks.text,
    contacts.language,
    remarks.written_at,
from remarks
left join {{ ref('stg_intercom__contacts') }} as contacts
    on remarks.source = contacts.source and remarks.contact_id = contacts.contact_id
