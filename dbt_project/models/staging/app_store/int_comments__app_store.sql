{{ config(materialized='view') }}

select
    concat_ws('|', source, stream, record_id, 'comment') as comment_id,
    source,
    concat_ws('|', source, app_id, review_id, 'rating') as feedback_id,
    cast(null as varchar) as case_id,
    concat_ws(' – ', title, body) as text,
    cast(null as varchar) as language,
    reviewed_at as written_at,
from {{ ref('stg_app_store__reviews') }}
where title is not null or body is not null
