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
        min(first_at)::date - 2 as first_day,
        max(last_at)::date + 2 as last_day,
    from (
        select
            min(created_at) as first_at,
            max(created_at) as last_at,
        from {{ ref('cases') }}
        union all
        select
            min(occurred_at) as first_at,
            max(occurred_at) as last_at,
        from {{ ref('case_events') }}
        union all
        select
            min(watermark) as first_at,
            max(watermark) as last_at,
        from {{ source('raw', 'sources') }}
    )

),

days as (

    select unnest(generate_series(first_day, last_day, interval 1 day))::date as day
    from horizon
    where first_day is not null

),

stretches as (

    select
        hours_of_days.schedule,
        epoch_us(timezone(hours_of_days.zone, days.day + to_minutes(hours_of_days.opens)))
            as opens_us,
        epoch_us(timezone(hours_of_days.zone, days.day + to_minutes(hours_of_days.closes)))
            as closes_us,
    from hours_of_days
    inner join days on hours_of_days.weekday = isodow(days.day)
    left join {{ ref('holidays') }} as holidays
        on hours_of_days.schedule = holidays.schedule and days.day = holidays.holiday
    where holidays.holiday is null

),

-- An hour the clocks skip has no length.
open_hours as (

    select * from stretches
    where closes_us > opens_us

),

midnights as (

    select unnest(generate_series(first_day - 2, last_day + 2, interval 1 day)) as midnight
    from horizon
    where first_day is not null

),

-- Cut where a schedule opens or closes and at each midnight in UTC, also where it is always closed:
-- every moment of a known schedule is in one part of its day.
cuts as (

    select
        schedule,
        opens_us as moment_us,
    from open_hours
    union
    select
        schedule,
        closes_us as moment_us,
    from open_hours
    union
    select
        hours.schedule,
        epoch_us(midnights.midnight) as moment_us,
    from hours
    cross join midnights

),

parts as (

    select
        schedule,
        moment_us as begins_us,
        lead(moment_us) over (
            partition by schedule
            order by moment_us
        ) as ends_us,
    from cuts

),

marked as (

    select
        parts.schedule,
        parts.begins_us,
        parts.ends_us,
        coalesce(parts.begins_us < open_hours.closes_us, false) as is_open,
    from parts
    asof left join open_hours
        on parts.schedule = open_hours.schedule and parts.begins_us >= open_hours.opens_us
    where parts.ends_us is not null

)

select
    schedule,
    begins_us // 86400000000 as utc_day,
    begins_us,
    ends_us,
    is_open,
    coalesce(
        sum(ends_us - begins_us) filter (where is_open) over (
            partition by schedule
            order by begins_us
            rows between unbounded preceding and 1 preceding
        ),
        0
    )::bigint as open_us_before,
from marked
