{# Per source and stream: records of landings, different ones, different ones with any part and, of
   files, the sum of these records' hashes. An increment adds what it finds to what was found. #}

{# Of a stream whose records judged tables keep as they were sent; each of them is staged. #}
{% macro readable_of_file(contract) -%}
    select
        source,
        stream,
        count(*) as readable,
        {% if not is_increment() -%}
        count(*) as distinct_ids,
        sum(hash(source, stream, record_id)) as sum_of_hashes,
        {%- else -%}
        0 as distinct_ids,
        0 as sum_of_hashes,
        {%- endif %}
        distinct_ids as distinct_to_stage,
    from {{ 'touched.file__' ~ contract if is_increment() else source('raw', 'file__' ~ contract) }}
    group by
        source,
        stream
    union all by name
    select
        source,
        stream,
        0 as readable,
        {% if is_increment() -%}
        count(*) as distinct_ids,
        sum(record_hash) as sum_of_hashes,
        {%- else -%}
        -sum(copies - 1) as distinct_ids,
        -sum((copies - 1) * cast(record_hash as hugeint)) as sum_of_hashes,
        {%- endif %}
        distinct_ids as distinct_to_stage,
    {% if is_increment() -%}
    from touched.records_{{ contract }}
    where
        record_hash not in (
            select hash(again.source, again.stream, again.record_id)
            from touched.again__file__{{ contract }} as again
        )
    {%- else -%}
    from {{ ref('int_file_records_again') }}
    where contract = '{{ contract }}'
    {%- endif %}
    group by
        source,
        stream
{%- endmacro %}

{# Of any other stream. #}
{% macro readable_of_stream(name, is_to_stage) -%}
    {%- if not is_increment() %}
        {{ readable_records(source('raw', name), is_to_stage) }}
    {%- else %}
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
    {%- endif %}
{%- endmacro %}

{% macro readable_records(relation, is_to_stage) -%}
    select
        source,
        stream,
        count(*) as readable,
        count(distinct record_id) as distinct_ids,
        count(distinct case when {{ is_to_stage }} then record_id end) as distinct_to_stage,
        cast(null as hugeint) as sum_of_hashes,
    from {{ relation }}
    group by
        source,
        stream
{%- endmacro %}
