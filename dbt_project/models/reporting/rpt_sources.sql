with sources as (

    select * from {{ source('raw', 'sources') }}

),

records as (

    select
        source,
        period,
        sum(n) as records,
        bool_or(is_hidden) or sum(n) < {{ var('minimum_n') }} as is_hidden,
    from {{ ref('int_source_records') }}
    group by source, period

),

-- All sources together are what rpt_metrics and rpt_periods print: a lone hidden source, or hidden
-- ones with one record each, would follow from the others, so the smallest other one goes too.
placed as (

    select
        *,
        count(*) filter (where is_hidden) over (partition by period) as hidden_sources,
        sum(records) filter (where is_hidden) over (partition by period) as hidden_records,
        row_number() over (partition by period order by is_hidden, records, source) as place,
    from records

),

printed as (

    select
        source,
        period,
        case
            when
                is_hidden
                or (
                    place = 1
                    and hidden_sources > 0
                    and (hidden_sources = 1 or hidden_records = hidden_sources)
                )
                then null
            else records
        end as records,
    from placed

),

-- Of a source that only tells who was asked: its invitations, unless too few are of one survey.
invitations as (

    select
        source,
        period,
        case when min(n) >= {{ var('minimum_n') }} then sum(n) end as records,
    from (
        select
            source,
            survey_id,
            {{ period_of('sent_at') }} as period,
            count(*) as n,
        from {{ ref('invitations') }}
        where source not in (select records.source from records)
        group by all
    )
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
    -- Null: too few, or it would tell them of another source.
    cast(
        case
            when printed.source is not null then printed.records
            when invitations.source is not null then invitations.records
            else 0
        end as bigint
    ) as records,
    cast(coalesce(quarantined.quarantined, 0) as bigint) as quarantined,
    sources.watermark,
    coalesce(sources.watermark >= periods.ends_at, false) as covers_period,
from {{ ref('int_periods') }} as periods
cross join sources
left join printed
    on periods.period = printed.period and sources.source = printed.source
left join invitations
    on periods.period = invitations.period and sources.source = invitations.source
left join quarantined
    on periods.period = quarantined.period and sources.source = quarantined.source
