{{ config(materialized='view') }}

-- Asking for help is meeting the company: every case that counts is an interaction at the
-- touchpoint that `case_touchpoints.csv` names for its source and channel (a row for the very
-- source comes before one for `*`); a case whose channel has no row is none.
select
    cases.source,
    cases.stream,
    cases.record_id,
    cases.case_id,
    cases.case_hash,
    concat_ws('|', 'case', cases.case_id) as interaction_id,
    cases.customer_key,
    coalesce(of_source.touchpoint, of_any.touchpoint) as touchpoint,
    cast(null as varchar) as journey_stage,
    cases.channel,
    cases.created_at as occurred_at,
    cases.changed_at,
    cases.extracted_at,
from {{ ref('int_cases_judged') }} as cases
left join {{ ref('case_touchpoints') }} as of_source
    on cases.source = of_source.source and cases.channel = of_source.channel
left join {{ ref('case_touchpoints') }} as of_any
    on of_any.source = '*' and cases.channel = of_any.channel
where
    cases.reason is null
    and not cases.is_deleted
    and coalesce(of_source.touchpoint, of_any.touchpoint) is not null
