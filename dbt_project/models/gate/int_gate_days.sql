-- Every day from a series' first record to the last day that may be judged, silent days included.
-- A series is all records of a contract, or (part not null) those of one survey in it.
with counted as (

    select
        records.source,
        records.contract,
        case when grouping(records.part) = 0 then records.part end as part,
        records.day,
        sum(records.n) as n,
    from {{ ref('int_gate_counts') }} as records
    group by
        records.source,
        records.contract,
        records.day,
        grouping sets ((), (records.part))
    having grouping(records.part) = 1 or records.part is not null

),

series as (

    select
        counted.source,
        counted.contract,
        counted.part,
        -- Old records that changed lately are sent too: what lies before the history is not whole.
        greatest(
            min(counted.day),
            cast(timezone('{{ var("reporting_zone") }}', any_value(sources.history_start)) as date)
        ) as first_day,
        any_value(sources.judged_until) as last_day,
    from counted
    inner join {{ ref('gate_freshness') }} as sources on counted.source = sources.source
    group by
        counted.source,
        counted.contract,
        counted.part

),

days as (

    select
        source,
        contract,
        part,
        last_day,
        cast(unnest(generate_series(first_day, last_day, interval 1 day)) as date) as day,
    from series
    where last_day is not null

)

select
    days.source,
    days.contract,
    days.part,
    days.day,
    date_diff('day', days.day, days.last_day) as days_ago,
    cast(coalesce(counted.n, 0) as bigint) as n,
from days
left join counted
    on
        days.source = counted.source
        and days.contract = counted.contract
        and days.part is not distinct from counted.part
        and days.day = counted.day
