{{ config(materialized='view') }}

select
    source,
    survey_id,
    max(survey_title) as label,
from {{ ref('stg_freshdesk__surveys') }}
group by source, survey_id
