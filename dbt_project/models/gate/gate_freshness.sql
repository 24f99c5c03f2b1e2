-- How far each source is known, and up to which day its records may be judged.
{% set local = "timezone('" ~ var("reporting_zone") ~ "', sources.watermark)" %}
with sources as (

    select * from {{ source('raw', 'sources') }}

),

-- It lies on the last day, or (infinite) on none.
last_days as (

    select
        source,
        coalesce(cast(max(day) as timestamptz) - interval 2 day, timestamptz '-infinity') as since,
    from {{ ref('int_gate_counts') }}
    group by source

),

newest as (

    select
        source,
        max(occurred_at) as newest_record,
    from {{ ref('int_gate_records') }}
    where occurred_at >= (select min(last_days.since) from last_days)
    group by source

)

select
    sources.source,
    sources.kind,
    sources.history_start,
    sources.watermark,
    newest.newest_record,
    -- The last whole day before the watermark. Files come by the month: theirs are judged month by
    -- month, so that the days whose file is not due yet do not look silent.
    case
        when sources.kind = 'file'
            then cast(date_trunc('month', {{ local }}) as date) - 1
        else cast({{ local }} as date) - 1
    end as judged_until,
from sources
left join newest on sources.source = newest.source
