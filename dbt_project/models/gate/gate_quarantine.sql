-- How much of each month's feedback could not be counted, and what stood in the way most.
with quarters as (

    select
        source,
        survey_id,
        question_id,
        -- A second copy, or an answer its writer never submitted, is not a fault.
        case when reason not in ('superseded', 'not_submitted') then reason end as reason,
        {{ quarter_of('coalesce(responded_at, seen_at)') }} as quarter,
        count(*) as n,
    from {{ ref('int_feedback_judged') }}
    where reason is null or reason not in ('superseded', 'not_submitted')
    group by all

),

answers as (

    select
        source,
        {{ period_of(quarter_start('quarter')) }} as period,
        reason,
        concat_ws('/', survey_id, question_id) as question,
        n as count_answers,
    from quarters

),

faults as (

    select
        source,
        period,
        reason,
        question,
        cast(sum(count_answers) as bigint) as n,
    from answers
    where reason is not null
    group by
        source,
        period,
        reason,
        question
    qualify row_number() over (
        partition by source, period
        order by n desc, reason asc, question asc
    ) = 1

),

months as (

    select
        source,
        period,
        cast(sum(count_answers) as bigint) as sent,
        cast(coalesce(sum(count_answers) filter (where reason is not null), 0) as bigint)
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
