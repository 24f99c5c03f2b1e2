{{ config(materialized='incremental', pre_hook="{{ forget_months('feedback_months') }}") }}

-- How many responses came in each hour that had any.
with responses as (

    select
        source,
        survey_id,
        response_id,
        period,
        min(responded_at) as responded_at,
    from {{ ref('fct_feedback') }}
    where
        response_id is not null
        and survey_id is not null
        and {{ is_touched_month('period', 'feedback_months') }}
    group by source, survey_id, response_id, period

)

select
    source,
    survey_id,
    period,
    strftime(timezone('{{ var("reporting_zone") }}', responded_at), '%Y-%m-%d %H:00') as hour,
    count(*) as n,
from responses
group by all
