{{ config(materialized='view') }}

-- Asking for help is meeting the company: every case that counts is an interaction at the
-- touchpoint that `case_touchpoints.csv` names for its source and channel (a row for the very
-- source comes before one for `*`); a case whose channel has no row is none.
with channels as (

    select distinct
        source,
        channel,
    from {{ ref('int_cases_judged') }}

),

meant as (

    select
        channels.source,
        channels.channel,
        touchpoints.touchpoint,
    from channels
    inner join {{ ref('case_touchpoints') }} as touchpoints
        on
            channels.channel = touchpoints.channel
            and touchpoints.source in (channels.source, '*')
    qualify row_number() over (
        partition by channels.source, channels.channel
        order by touchpoints.source = '*'
    ) = 1

)

select
    cases.source,
    cases.stream,
    cases.record_id,
    cases.case_id,
    concat_ws('|', 'case', cases.case_id) as interaction_id,
    cases.customer_key,
    meant.touchpoint,
    cast(null as varchar) as journey_stage,
    cases.channel,
    cases.created_at as occurred_at,
    cases.changed_at,
    cases.extracted_at,
from {{ ref('int_cases_judged') }} as cases
inner join meant
    on cases.source = meant.source and cases.channel = meant.channel
where cases.reason is null and not cases.is_deleted
