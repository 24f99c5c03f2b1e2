with spans as (

    select
        min(responded_at) as first_at,
        max(responded_at) as last_at,
    from {{ ref('feedback') }}
    union all
    select
        min(created_at) as first_at,
        max(created_at) as last_at,
    from {{ ref('cases') }}
    union all
    select
        min(occurred_at) as first_at,
        max(occurred_at) as last_at,
    from {{ ref('case_events') }}

),

bounds as (

    select
        strptime({{ period_of('min(first_at)') }} || '-01', '%Y-%m-%d') as first_month,
        strptime({{ period_of('max(last_at)') }} || '-01', '%Y-%m-%d') as last_month,
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
