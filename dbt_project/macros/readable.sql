{# Per source and stream: records of landings, different ones, and different ones with any part. #}
{% macro readable_records(relation, is_to_stage) -%}
    select
        source,
        stream,
        count(*) as readable,
        count(distinct record_id) as distinct_ids,
        {% if is_to_stage == 'true' -%}
            count(distinct record_id)
        {%- else -%}
            count(distinct case when {{ is_to_stage }} then record_id end)
        {%- endif %} as distinct_to_stage,
    from {{ relation }}
    group by
        source,
        stream
{%- endmacro %}
