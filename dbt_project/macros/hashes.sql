{# 64-bit hashes of what rows are known by. Tables of many rows are joined, put in order and looked
   through by these: a number takes a fraction of the time that a name takes. Two of ten million
   names share one with a chance of about three in a million. #}
{# Null where nobody can be named. #}
{% macro hash_or_null(key) -%}
    case when {{ key }} is not null then hash({{ key }}) end
{%- endmacro %}
