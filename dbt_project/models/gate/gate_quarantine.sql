-- How much of each month's feedback could not be counted, and what stood in the way most.
with answers as (

    select * from {{ ref('int_gate_questions') }}

),

faults as (

    select
        source,
        period,
        reason,
        question,
        n,
    from answers
    where reason is not null
    qualify row_number() over (
        partition by source, period
        order by n desc, reason asc, question asc
    ) = 1

),

months as (

    select
        source,
        period,
        cast(sum(n) as bigint) as sent,
        cast(coalesce(sum(n) filter (where reason is not null), 0) as bigint)
            as quarantined,
    from answers
    group by
        source,
        period

)

select
    months.source,
    months.period,
    months.sent,
    months.quarantined,
    100.0 * months.quarantined / months.sent as share,
    faults.reason as main_reason,
    faults.question as main_question,
    -- A handful of answers has no share worth judging.
    months.sent >= 20 as is_judged,
from months
left join faults
    on
        months.source = faults.source
        and months.period = faults.period
order by
    months.source,
    months.period
