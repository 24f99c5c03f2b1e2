with moments as (

    select
        source,
        responded_at as moment,
    from {{ ref('feedback') }}
    union all
    select
        source,
        created_at as moment,
    from {{ ref('cases') }}
    union all
    select
        source,
        occurred_at as moment,
    from {{ ref('case_events') }}

),

spans as (

    select
        min(moments.moment) as first_at,
        max(moments.moment) as last_at,
    from moments
    left join {{ source('raw', 'sources') }} as sources on moments.source = sources.source
    where {{ is_in_history('moments.moment') }}

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
