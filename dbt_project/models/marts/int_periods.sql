-- Of answers that count the months are known, of cases and their events the days.
with histories as (

    select
        source,
        case when kind != 'file' then cast(timezone('UTC', history_start) as date) end as first_day,
    from {{ source('raw', 'sources') }}

),

spans as (

    select
        min(period) as first_period,
        max(period) as last_period,
    from {{ ref('int_feedback_sums') }}
    union all by name
    select
        strftime(min(records.day), '%Y-%m') as first_period,
        strftime(max(records.day), '%Y-%m') as last_period,
    from {{ ref('int_gate_counts') }} as records
    left join histories on records.source = histories.source
    where
        records.contract in ('cases', 'case_events')
        and coalesce(records.day >= histories.first_day, true)

),

bounds as (

    select
        strptime(min(first_period) || '-01', '%Y-%m-%d') as first_month,
        strptime(max(last_period) || '-01', '%Y-%m-%d') as last_month,
    from spans

),

months as (

    select unnest(generate_series(first_month, last_month, interval 1 month)) as month
    from bounds

),

named as (

    select strftime(month, '%Y-%m') as period
    from months

)

select
    period,
    {{ period_start('period') }} as starts_at,
    {{ period_start(period_shift('period', 1)) }} as ends_at,
from named
