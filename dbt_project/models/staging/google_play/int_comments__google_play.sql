{{ config(materialized='view') }}

select
    concat_ws('|', source, stream, record_id, 'comment') as comment_id,
    source,
    concat_ws('|', source, package, review_id, 'stars') as feedback_id,
    cast(null as varchar) as case_id,
    review_text as text,
    nullif(language, '') as language,
    reviewed_at as written_at,
from {{ ref('stg_google_play__reviews') }}
where review_text is not null
