-- Each of the last five weeks beside the twelve before it; a week is seven days up to the last.
with weeks as (

    select
        source,
        contract,
        part,
        days_ago // 7 as weeks_ago,
        min(day) as week_from,
        sum(n) as n,
    from {{ ref('int_gate_days') }}
    group by
        source,
        contract,
        part,
        days_ago // 7
    having count(*) = 7

),

compared as (

    select
        weeks.source,
        weeks.contract,
        weeks.part,
        weeks.weeks_ago,
        any_value(weeks.week_from) as week_from,
        any_value(weeks.n) as n,
        count(earlier.n) as weeks_of_history,
        median(earlier.n) as median_n,
        mad(earlier.n) as mad_n,
        min(earlier.n) as least_n,
    from weeks
    left join weeks as earlier
        on
            weeks.source = earlier.source
            and weeks.contract = earlier.contract
            and weeks.part is not distinct from earlier.part
            and earlier.weeks_ago - weeks.weeks_ago between 1 and 12
    where weeks.weeks_ago < 5
    group by
        weeks.source,
        weeks.contract,
        weeks.part,
        weeks.weeks_ago

)

select
    source,
    contract,
    coalesce(part, 'all') as part,
    part is not null as is_part,
    week_from,
    weeks_ago,
    cast(n as bigint) as n,
    weeks_of_history,
    {{ typical_low('median_n', 'mad_n', 'least_n') }} as typical_low,
    {{ typical_high('median_n', 'mad_n') }} as typical_high,
    -- Yearly waves and rare records have no usual week.
    weeks_of_history >= 8 and median_n >= 5 as is_judged,
from compared
order by
    source,
    contract,
    part nulls first,
    week_from
