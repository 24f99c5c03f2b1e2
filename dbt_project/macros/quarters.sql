{# The quarter of an hour of a moment, counted from the year 1. The days of all zones begin with one:
   many records are counted by it first and by day or month then, because to find the local day of
   every single record costs more than to count them. #}
{% macro quarter_of(moment) -%}
    (epoch_us({{ moment }}) + 62135596800000000) // 900000000
{%- endmacro %}

{% macro quarter_start(quarter) -%}
    make_timestamptz({{ quarter }} * 900000000 - 62135596800000000)
{%- endmacro %}
