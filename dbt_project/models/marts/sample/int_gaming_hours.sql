{{ config(materialized='incremental', pre_hook="{{ forget_months('feedback_months') }}") }}

-- How many responses came in each hour that had any.
with responses as (

    select
        any_value(source) as source,
        any_value(survey_id) as survey_id,
        period,
        {{ quarter_of('min(responded_at)') }} as quarter,
    from {{ ref('fct_feedback') }}
    where
        response_id is not null
        and survey_id is not null
        and {{ is_touched_month('period', 'feedback_months') }}
    group by period, response_hash

),

quarters as (

    select
        source,
        survey_id,
        period,
        quarter,
        count(*) as n,
    from responses
    group by source, survey_id, period, quarter

)

select
    source,
    survey_id,
    period,
    strftime(
        timezone('{{ var("reporting_zone") }}', {{ quarter_start('quarter') }}), '%Y-%m-%d %H:00'
    ) as hour,
    cast(sum(n) as bigint) as n,
from quarters
group by all
