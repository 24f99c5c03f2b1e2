-- The two newest complete months of each company-wide metric beside the year before them.
with complete as (

    select {{ period_of('min(watermark)') }} as first_incomplete,
    from {{ source('raw', 'sources') }}

),

months as (

    select
        metrics.metric,
        metrics.period,
        metrics.unit,
        catalogue.label,
        metrics.n,
        metrics.value,
        metrics.low,
        metrics.high,
        row_number() over (partition by metrics.metric order by metrics.period desc) as months_ago,
    from {{ ref('rpt_metrics') }} as metrics
    inner join complete on metrics.period < complete.first_incomplete
    inner join {{ ref('rpt_metric_catalogue') }} as catalogue
        on metrics.metric = catalogue.metric
    where
        metrics.scope = 'all'
        and metrics.dimension = 'all'
        and metrics.value is not null
        and metrics.unit in ('points', 'percent', 'score', 'minutes')

),

compared as (

    select
        months.metric,
        months.period,
        any_value(months.unit) as unit,
        any_value(months.label) as label,
        any_value(months.n) as n,
        any_value(months.value) as value,
        coalesce(any_value(months.low), any_value(months.value)) as low,
        coalesce(any_value(months.high), any_value(months.value)) as high,
        count(earlier.value) as months_of_history,
        median(earlier.value) as usual,
        mad(earlier.value) as mad_value,
    from months
    left join months as earlier
        on
            months.metric = earlier.metric
            and earlier.months_ago - months.months_ago between 1 and 12
    where months.months_ago <= 2
    group by
        months.metric,
        months.period

),

-- Wide on purpose: a real change must pass. What should not is a scale read upside down or a
-- question that means something else now.
allowed as (

    select
        *,
        case unit
            when 'points' then greatest(30, 6 * 1.4826 * mad_value)
            when 'percent' then greatest(20, 6 * 1.4826 * mad_value)
            when 'score' then greatest(1, 6 * 1.4826 * mad_value)
            when 'minutes' then greatest(2 * usual, 6 * 1.4826 * mad_value)
        end as allowed,
    from compared

)

select
    metric,
    period,
    label,
    -- As a sentence says it after a number.
    case unit
        when 'percent' then '%'
        when 'score' then ''
        else ' ' || unit
    end as after_number,
    n,
    value,
    low,
    high,
    usual,
    usual - allowed as typical_low,
    usual + allowed as typical_high,
    months_of_history,
    months_of_history >= 3 as is_judged,
from allowed
order by
    metric,
    period
