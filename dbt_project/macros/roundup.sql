{# A time as Roundup writes it, 2026-10-02.17:58:22 in UTC; null where it is none. #}
{% macro roundup_moment(value) -%}
    timezone('UTC', try_strptime({{ value }}, '%Y-%m-%d.%H:%M:%S'))
{%- endmacro %}
