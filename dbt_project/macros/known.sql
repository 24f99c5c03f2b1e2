{# True where a value is given that its seed does not know. #}
{% macro is_unknown(column, seed) -%}
    {{ column }} is not null
    and {{ column }} not in (select s.{{ column }} from {{ ref(seed) }} as s)
{%- endmacro %}
