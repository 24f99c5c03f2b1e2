-- The first and the last moment of each source that lies in its history.
with histories as materialized (

    select
        sources.source,
        case when sources.kind != 'file' then {{ history_begins_at() }} end as begins_at,
    from {{ source('raw', 'sources') }} as sources

),

{% set moments = [
    ('feedback', 'responded_at'), ('cases', 'created_at'), ('case_events', 'occurred_at'),
] %}
spans as (

    {% for table, moment in moments %}
        select
            min(records.{{ moment }}) as first_at,
            max(records.{{ moment }}) as last_at,
        from {{ ref(table) }} as records
        left join histories on records.source = histories.source
        where coalesce(records.{{ moment }} >= histories.begins_at, true)
        {% if not loop.last %}union all by name{% endif %}
    {% endfor %}

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
