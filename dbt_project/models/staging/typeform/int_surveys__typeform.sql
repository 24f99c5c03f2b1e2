{{ config(materialized='view') }}

select
    source,
    form_id as survey_id,
    max(form_title) as label,
from {{ ref('stg_typeform__forms') }}
group by source, form_id
