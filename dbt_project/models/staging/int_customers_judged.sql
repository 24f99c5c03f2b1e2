{{ config(materialized='table') }}

with sent as (

    {{ everything_fed_to('customers') }}

),

ordered as (

    select
        *,
        row_number() over (
            partition by source, customer_key
            order by changed_at desc, extracted_at desc, record_id desc, stream asc
        ) as copy,
    from sent

)

select
    *,
    case
        when customer_key is null then 'no_id'
        when copy > 1 then 'superseded'
    end as reason,
    -- The customer counts all the same, in no segment.
    case
        when {{ is_unknown('segment', 'segments') }} then segment
    end as unknown_segment,
from ordered
