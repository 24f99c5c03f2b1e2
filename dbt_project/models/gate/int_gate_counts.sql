{{ config(materialized='incremental', pre_hook="{{ take_counted() }}") }}

with quarters as (

    select
        source,
        contract,
        part,
        channel,
        {{ quarter_of('occurred_at') }} as quarter,
        sum(counts_for) as n,
    from ({{ rows_to_count(counted_records) }})
    group by all

),

days as (

    select
        source,
        contract,
        part,
        channel,
        cast(timezone('{{ var("reporting_zone") }}', {{ quarter_start('quarter') }}) as date)
            as day,
        n,
    from quarters
    {% if is_increment() %}
        union all by name
        select * from touched.int_gate_counts
    {% endif %}

)

select
    source,
    contract,
    part,
    channel,
    day,
    cast(sum(n) as bigint) as n,
from days
group by all
having sum(n) != 0
