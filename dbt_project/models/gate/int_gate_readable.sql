{{ config(materialized='incremental', pre_hook="{{ take_counted() }}") }}

-- What can be read back of the landings. An increment reads the new ones: what it finds is added to
-- what was found before, less what records that were there before had counted for.
with found as (

    {% for kind, stream in var('streams') %}
        {{ readable_of_file(stream) if is_kept_as_sent(kind, stream)
           else readable_of_stream(kind ~ '__' ~ stream, has_parts(kind, stream)) }}
        {% if is_increment() or not loop.last %}union all by name{% endif %}
    {% endfor %}
    {% if is_increment() %}select * from touched.int_gate_readable{% endif %}

)

select
    source,
    stream,
    cast(sum(readable) as bigint) as readable,
    cast(sum(distinct_ids) as bigint) as distinct_ids,
    cast(sum(distinct_to_stage) as bigint) as distinct_to_stage,
    cast(sum(sum_of_hashes) as hugeint) as sum_of_hashes,
from found
group by
    source,
    stream
