-- Asking for help is meeting the company: every case that counts is an interaction at the
-- touchpoint that `case_touchpoints.csv` names for its source and channel (a row for the very
-- source comes before one for `*`); a case whose channel has no row is none.
with meant as (

    select
        cases.source,
        cases.case_id,
        touchpoints.touchpoint,
    from {{ ref('int_cases_judged') }} as cases
    inner join {{ ref('case_touchpoints') }} as touchpoints
        on
            cases.channel = touchpoints.channel
            and touchpoints.source in (cases.source, '*')
    where cases.reason is null and not cases.is_deleted
    qualify row_number() over (
        partition by cases.source, cases.case_id
        order by touchpoints.source = '*'
    ) = 1

)

select
    cases.source,
    cases.stream,
    cases.record_id,
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
    on cases.source = meant.source and cases.case_id = meant.case_id
where cases.reason is null
