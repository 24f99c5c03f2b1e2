with quarters as (

    select
        source,
        contract,
        part,
        channel,
        {{ quarter_of('occurred_at') }} as quarter,
        count(*) as n,
        max(occurred_at) as newest_at,
    from {{ ref('int_gate_records') }}
    group by
        source,
        contract,
        part,
        channel,
        {{ quarter_of('occurred_at') }}

)

select
    source,
    contract,
    part,
    channel,
    cast(timezone('{{ var("reporting_zone") }}', {{ quarter_start('quarter') }}) as date)
        as day,
    cast(sum(n) as bigint) as n,
    max(newest_at) as newest_at,
from quarters
group by all
