with landed as (

    select * from {{ source('raw', 'hubspot__properties') }}
    {{ newest_copy() }}

),

-- A meaning that the options do not name any more is not in the newest landing.
last_read as (

    select
        source,
        max(extracted_at) as extracted_at,
    from landed
    group by source

)

select
    landed.source,
    landed.stream,
    landed.record_id,
    split_part(landed.record_id, '/', 1) as object_type,
    split_part(landed.record_id, '/', 2) as meaning,
    case
        when landed.extracted_at = last_read.extracted_at
            then {{ text_or_null("landed.payload ->> '$.name'") }}
    end as property,
    landed.changed_at,
    landed.extracted_at,
from landed
inner join last_read on landed.source = last_read.source
