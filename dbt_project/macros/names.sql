{# The company's own names (touchpoints, stages, channels, segments) as types. Tables of many rows
   hold a name as its number in such a list: it takes a byte, is grouped as a number, sorts as its
   text does and reads as its text. What a contract let pass is in the list. #}

{# Behind a seed of names; of an empty one the type has a name that nothing bears, since DuckDB works
   with no type of none. An increment has the very seeds of the build it goes on from. #}
{% macro list_as_type(column) -%}
    create type {{ this.schema }}.{{ column }}_name as enum (
        select distinct {{ column }} from {{ this }} where {{ column }} is not null
        union all
        select '' where not exists (select 1 from {{ this }} where {{ column }} is not null)
        order by {{ column }}
    )
{%- endmacro %}

{% macro name_of(column, value=none) -%}
    cast({{ value or column }} as seeds.{{ column }}_name)
{%- endmacro %}

{# The name with a number (from 1; null for 0). #}
{% macro nth_name(column, number) -%}
    {{ name_of(column, 'enum_range(' ~ name_of(column, 'null') ~ ')[' ~ number ~ ']') }}
{%- endmacro %}

{# An experience and its outcome as one name. #}
{% macro kind_of_moment(is_good, outcome_is) -%}
    case when {{ is_good }} then 'good_' else 'bad_' end || {{ outcome_is }}
{%- endmacro %}
