-- A ticket shows only its latest resolution, closing and reopening; what an earlier copy of it
-- showed has happened all the same. So all copies are read here, not the newest alone.
with landed as (

    select
        *,
        from_json(
            payload,
            '{"stats": {
                "resolved_at": "VARCHAR", "closed_at": "VARCHAR", "reopened_at": "VARCHAR"
            }}'
        ).stats as stats
    from {{ source('raw', 'freshdesk__tickets') }}

),

times as (

    select
        source,
        stream,
        record_id,
        extracted_at,
        unnest([
            struct_pack(status := 'solved', moment := stats.resolved_at),
            struct_pack(status := 'closed', moment := stats.closed_at),
            struct_pack(status := 'open', moment := stats.reopened_at)
        ]) as reached
    from landed

)

select
    source,
    stream,
    record_id,
    record_id as ticket_id,
    reached.status,
    {{ moment_or_null('reached.moment') }} as occurred_at,
    max(extracted_at) as extracted_at,
from times
where {{ moment_or_null('reached.moment') }} is not null
group by all
