{# Whole or broken seconds since 1970 as a moment; null where the text is none, or lies outside the
   years 1970 to 9999. The bounds stand inside: both branches of a case are evaluated. #}
{% macro seconds_or_null(value) -%}
    to_timestamp(
        case
            when try_cast({{ value }} as double) between 0 and 253402300799
                then try_cast({{ value }} as double)
        end
    )
{%- endmacro %}
