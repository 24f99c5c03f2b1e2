{{ config(materialized='view') }}

select
    concat_ws('|', source, review_id, 'text') as comment_id,
    source,
    concat_ws('|', source, business_unit_id, review_id, 'stars') as feedback_id,
    cast(null as varchar) as case_id,
    -- A title is often but the beginning of the text.
    case
        when text is null then title
        when title is null or starts_with(lower(text), rtrim(lower(title), '.… ')) then text
        else title || chr(10) || text
    end as text,
    language,
    created_at as written_at,
from {{ ref('stg_trustpilot__reviews') }}
where coalesce(text, title) is not null
