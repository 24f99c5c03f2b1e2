-- Records that two sources both have: the same id at the same second, so the same account twice.
with contracts as (

    select contract
    from {{ ref('int_gate_counts') }}
    where contract in ('feedback', 'cases')
    group by contract
    having count(distinct source) > 1

),

records as (

    select
        source,
        contract,
        record_id,
        date_trunc('second', occurred_at) as occurred_at,
    from {{ ref('int_gate_records') }}
    where contract in (select contracts.contract from contracts)

)

select
    first.contract,
    first.source as first_source,
    second.source as second_source,
    count(distinct first.record_id) as shared,
    min(first.record_id) as example,
from records as first
inner join records as second
    on
        first.contract = second.contract
        and first.record_id = second.record_id
        and first.occurred_at = second.occurred_at
        and first.source < second.source
group by
    first.contract,
    first.source,
    second.source
