{{ config(materialized='incremental', pre_hook="{{ take_counted() }}") }}

-- What can be read back of the landings. An increment reads the new ones: what it finds is added to
-- what was found before, less what records that were there before had counted for.
with found as (

    {% for kind, stream in var('streams') %}
        {% set name = kind ~ '__' ~ stream %}
        {% set is_to_stage = has_parts(kind, stream) %}
        {% if is_increment() %}
            {{ readable_records('touched.' ~ name, is_to_stage) }}
            union all by name
            select
                again.source,
                again.stream,
                0 as readable,
                -count(distinct again.record_id) as distinct_ids,
                -count(distinct case when {{ is_to_stage }} then again.record_id end)
                    as distinct_to_stage,
            from touched.before__{{ name }} as again
            {{ joined_to('again', 'touched.again__' ~ name, ['source', 'stream', 'record_id']) }}
            group by
                again.source,
                again.stream
            union all by name
            -- A record is to be staged if any copy of it is.
            select
                again.source,
                again.stream,
                0 as readable,
                0 as distinct_ids,
                count(distinct again.record_id) as distinct_to_stage,
            from touched.before__{{ name }} as again
            {{ joined_to('again', 'touched.again__' ~ name, ['source', 'stream', 'record_id']) }}
            where
                {{ is_to_stage }}
                and (again.source, again.stream, again.record_id) not in (
                    select (landed.source, landed.stream, landed.record_id)
                    from touched.{{ name }} as landed
                    where {{ is_to_stage }}
                )
            group by
                again.source,
                again.stream
            union all by name
        {% else %}
            {{ readable_records(source('raw', name), is_to_stage) }}
            {% if not loop.last %}union all by name{% endif %}
        {% endif %}
    {% endfor %}
    {% if is_increment() %}select * from touched.int_gate_readable{% endif %}

)

select
    source,
    stream,
    cast(sum(readable) as bigint) as readable,
    cast(sum(distinct_ids) as bigint) as distinct_ids,
    cast(sum(distinct_to_stage) as bigint) as distinct_to_stage,
from found
group by
    source,
    stream
