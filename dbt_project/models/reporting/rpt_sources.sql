with sources as (

    select * from {{ source('raw', 'sources') }}

),

counted as (

    select
        source,
        period,
        count(*) as records,
    from {{ ref('fct_feedback') }}
    group by source, period
    union all by name
    select
        source,
        created_period as period,
        count(*) as records,
    from {{ ref('fct_cases') }}
    where is_known_from_start
    group by source, created_period

),

records as (

    select
        source,
        period,
        sum(records) as records,
    from counted
    group by source, period

),

quarantined as (

    select
        source,
        period,
        sum(n) as quarantined,
    from {{ ref('rpt_quarantine') }}
    group by source, period

)

select
    periods.period,
    sources.source,
    sources.kind,
    cast(coalesce(records.records, 0) as bigint) as records,
    cast(coalesce(quarantined.quarantined, 0) as bigint) as quarantined,
    sources.watermark,
    coalesce(sources.watermark >= periods.ends_at, false) as covers_period,
from {{ ref('int_periods') }} as periods
cross join sources
left join records
    on periods.period = records.period and sources.source = records.source
left join quarantined
    on periods.period = quarantined.period and sources.source = quarantined.source
