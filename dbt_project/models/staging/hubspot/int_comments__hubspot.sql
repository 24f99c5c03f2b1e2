{{ config(materialized='view') }}

select
    concat_ws('|', submissions.source, submissions.submission_id, 'content') as comment_id,
    submissions.source,
    concat_ws(
        '|', submissions.source, submissions.survey_id, submissions.submission_id,
        coalesce(lower(submissions.survey_type), 'hs_value')
    ) as feedback_id,
    cast(null as varchar) as case_id,
    submissions.content as text,
    customers.language,
    coalesce(submissions.submitted_at, submissions.created_at) as written_at,
from {{ ref('stg_hubspot__feedback_submissions') }} as submissions
left join {{ ref('stg_hubspot__contacts') }} as customers
    on
        submissions.source = customers.source
        and submissions.contact_id = customers.contact_id
where submissions.content is not null and not submissions.is_deleted
