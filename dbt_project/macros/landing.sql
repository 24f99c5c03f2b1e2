{# The newest copy of each record: a window landed again, an overlap or a boundary row sends the
   same record several times. The hash settles ties that nothing else tells apart. #}
{% macro newest_copy() -%}
    qualify row_number() over (
        partition by source, stream, record_id
        order by changed_at desc, extracted_at desc, page desc, md5(payload) desc
    ) = 1
{%- endmacro %}

{# Text as sent; what is only blanks was left empty. #}
{% macro text_or_null(value) -%}
    nullif(trim({{ value }}), '')
{%- endmacro %}

{# A time with an offset (or in UTC, as the session is) as a moment; null where it is none. #}
{% macro moment_or_null(value) -%}
    try_cast({{ value }} as timestamptz)
{%- endmacro %}

{# A finite number; null where the text is none ('nan' and 'inf' are none). #}
{% macro number_or_null(value) -%}
    case when isfinite(try_cast({{ value }} as double)) then try_cast({{ value }} as double) end
{%- endmacro %}
