{{ config(materialized='view') }}

-- A submission names its survey as it was called then: the newest name counts.
select
    source,
    survey_id,
    max_by(survey_title, (changed_at, survey_title)) as label,
from {{ ref('stg_hubspot__feedback_submissions') }}
where survey_id is not null and survey_title is not null
group by source, survey_id
