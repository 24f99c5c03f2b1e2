{# A number of a seed as a person would write it: 10, not 10.0. #}
{% macro as_written(number) -%}
    regexp_replace(cast({{ number }} as varchar), '\.0$', '')
{%- endmacro %}
