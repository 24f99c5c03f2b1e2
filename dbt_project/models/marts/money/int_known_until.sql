-- The day up to which every source that tells of customers' first days has been landed.
select
    date_diff(
        'day',
        date '1970-01-01',
        cast(timezone('{{ var("reporting_zone") }}', min(sources.watermark)) as date)
    ) as known_until_day,
from {{ source('raw', 'sources') }} as sources
where
    sources.source in (
        select customers.source
        from {{ ref('customers') }} as customers
        where customers.joined_on is not null
    )
