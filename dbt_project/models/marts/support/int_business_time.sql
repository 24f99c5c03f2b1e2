-- Opening hours are written in local time, so each day's are turned into moments of their own: a
-- day on which the clocks change has an hour more or less.
with hours as (

    select
        schedule,
        zone,
        weekday::integer as weekday,
        {{ minutes_of_day('opens') }} as opens,
        {{ minutes_of_day('closes') }} as closes,
    from {{ ref('business_hours') }}

),

-- Hours past midnight belong to two days, so that a holiday closes its own day and no other.
hours_of_days as (

    select
        schedule,
        zone,
        weekday,
        opens,
        case when closes > opens then closes else 1440 end as closes,
    from hours

    union all

    select
        schedule,
        zone,
        weekday % 7 + 1 as weekday,
        0 as opens,
        closes,
    from hours
    where closes <= opens and closes > 0

),

-- From before the first case to past the last moment that is measured.
horizon as (

    select
        min(moment)::date - 2 as first_day,
        max(moment)::date + 2 as last_day,
    from (
        select created_at as moment from {{ ref('cases') }}
        union all
        select occurred_at as moment from {{ ref('case_events') }}
        union all
        select watermark as moment from {{ source('raw', 'sources') }}
    )

),

days as (

    select unnest(generate_series(first_day, last_day, interval 1 day))::date as day
    from horizon
    where first_day is not null

),

open_hours as (

    select
        hours_of_days.schedule,
        timezone(hours_of_days.zone, days.day + to_minutes(hours_of_days.opens)) as opens_at,
        timezone(hours_of_days.zone, days.day + to_minutes(hours_of_days.closes)) as closes_at,
    from hours_of_days
    inner join days on hours_of_days.weekday = isodow(days.day)
    left join {{ ref('holidays') }} as holidays
        on hours_of_days.schedule = holidays.schedule and days.day = holidays.holiday
    where holidays.holiday is null

),

-- An empty stretch before all others: every moment of a known schedule finds a row.
from_the_start as (

    select distinct
        hours.schedule,
        (horizon.first_day - 2)::timestamptz as opens_at,
        (horizon.first_day - 2)::timestamptz as closes_at,
    from hours
    cross join horizon
    where horizon.first_day is not null

    union all

    -- An hour the clocks skip has no length.
    select * from open_hours
    where closes_at > opens_at

)

select
    schedule,
    opens_at,
    closes_at,
    coalesce(
        sum(epoch_us(closes_at) - epoch_us(opens_at)) over (
            partition by schedule
            order by opens_at
            rows between unbounded preceding and 1 preceding
        ),
        0
    )::bigint as open_us_before,
from from_the_start
