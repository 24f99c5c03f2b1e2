with customers as (

    select
        period,
        source,
        survey_id,
        segment,
        count(*) as n,
        count(*) filter (where outcome = 'complete') as successes,
        count(*) filter (where outcome = 'partial') as partial,
        count(*) filter (where outcome = 'refused') as refused,
        count(*) filter (where outcome = 'no_contact') as no_contact,
        count(*) filter (where outcome = 'other') as other,
        count(*) filter (where outcome = 'unknown') as unknown,
    from {{ ref('int_invitation_outcomes') }}
    group by
        period,
        source,
        survey_id,
        segment,
        customer_key,
        case when customer_key is null then invitation_id end

),

segments as (

    select
        period,
        source,
        survey_id,
        segment,
        cast(sum(customers.successes) as bigint) as complete,
        cast(sum(customers.partial) as bigint) as partial,
        cast(sum(customers.refused) as bigint) as refused,
        cast(sum(customers.no_contact) as bigint) as no_contact,
        cast(sum(customers.other) as bigint) as other,
        cast(sum(customers.unknown) as bigint) as unknown,
        cast(sum(customers.n) as double) as n,
        {{ pairs_of_cases('customers') }},
    from customers
    group by period, source, survey_id, segment

),

-- Who answers is as alike as in all of their survey, not as those of a segment happen to be.
surveys as (

    select
        period,
        source,
        survey_id,
        sum(complete) as successes,
        sum(n) as n,
        sum(pair_w) as pair_w,
        sum(pair_x) as pair_x,
        sum(pair_xx) as pair_xx,
    from segments
    group by period, source, survey_id

),

likenesses as (

    select
        period,
        source,
        survey_id,
        {{ likeness_of_cases() }} as likeness,
    from surveys

)

select
    segments.period,
    segments.source,
    segments.survey_id,
    segments.segment,
    segments.complete,
    segments.partial,
    segments.refused,
    segments.no_contact,
    segments.other,
    segments.unknown,
    {{ squares_of_customers('likenesses.likeness', 'segments.n') }} as sum_ww,
from segments
inner join likenesses
    on
        segments.period = likenesses.period
        and segments.source = likenesses.source
        and segments.survey_id = likenesses.survey_id
