-- A schedule lies in one time zone that exists, and its spans do not overlap: time that is open
-- twice would be counted twice.
with hours as (

    select
        schedule,
        zone,
        weekday,
        opens,
        case when closes <= opens then time '24:00:00' else closes end as closes,
    from {{ ref('business_hours') }}
    union all
    select
        schedule,
        zone,
        weekday % 7 + 1 as weekday,
        time '00:00:00' as opens,
        closes,
    from {{ ref('business_hours') }}
    where closes <= opens and closes > time '00:00:00'

),

in_order as (

    select
        schedule,
        weekday,
        opens,
        max(closes) over (
            partition by schedule, weekday
            order by opens, closes
            rows between unbounded preceding and 1 preceding
        ) as closed_before,
    from hours

)

select distinct
    'seeds/business_hours.csv: schedule ''' || schedule || ''' has hours that overlap on weekday '
    || weekday || ' at ' || opens || '; join them into one row' as problem,
from in_order
where opens < closed_before

union all

select distinct
    'seeds/business_hours.csv: zone ''' || zone || ''' of schedule ''' || schedule
    || ''' is unknown; write one like Europe/London' as problem,
from hours
where zone not in (select zones.name from pg_timezone_names() as zones)

union all

select
    'seeds/business_hours.csv: schedule ''' || schedule || ''' is in several zones ('
    || string_agg(distinct zone, ', ' order by zone) || '); make a schedule for each' as problem,
from hours
group by schedule
having count(distinct zone) > 1
