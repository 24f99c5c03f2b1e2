with bands as (

    select
        scope,
        period,
        sum(value) as value,
        sum(n) as n,
    from {{ ref('rpt_money') }}
    where measure = 'revenue_by_band'
    group by scope, period
    having bool_and(value is not null)

)

select
    bands.scope,
    bands.period,
    bands.value as of_bands,
    totals.value as of_all,
from bands
inner join {{ ref('rpt_money') }} as totals
    on
        bands.scope = totals.scope
        and bands.period = totals.period
        and totals.measure = 'revenue'
where
    not totals.suppressed
    and (
        bands.n != totals.n
        or abs(bands.value - totals.value) > 0.000001 * greatest(1, abs(totals.value))
    )
