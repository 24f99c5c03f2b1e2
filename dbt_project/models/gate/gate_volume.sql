-- Each of the last five weeks' days beside the same weekday of the twelve weeks before it.
with days as (

    select * from {{ ref('int_gate_days') }}
    where part is null

),

compared as (

    select
        days.source,
        days.contract,
        days.day,
        any_value(days.n) as n,
        count(earlier.n) as days_of_history,
        median(earlier.n) as median_n,
        mad(earlier.n) as mad_n,
        min(earlier.n) as least_n,
    from days
    left join days as earlier
        on
            days.source = earlier.source
            and days.contract = earlier.contract
            and earlier.days_ago - days.days_ago in ({{ range(7, 85, 7) | join(', ') }})
    where days.days_ago < 35
    group by
        days.source,
        days.contract,
        days.day

)

select
    source,
    contract,
    day,
    n,
    days_of_history,
    {{ typical_low('median_n', 'mad_n', 'least_n') }} as typical_low,
    {{ typical_high('median_n', 'mad_n') }} as typical_high,
    days_of_history >= 6 as is_judged,
from compared
order by
    source,
    contract,
    day
