{# A stream's records, each in its newest copy: a window landed again, an overlap or a boundary row
   sends the same record several times. Few are, so only those are put in order (an order of all
   would carry every payload through it). The hash settles ties that nothing else tells apart. #}
{% macro newest_of(records, again=none) -%}
(
    {%- if not again %}
    with again as materialized (

        select hash(source, stream, record_id) as record_hash
        from {{ records }}
        group by hash(source, stream, record_id)
        having count(*) > 1

    )

    {%- endif %}
    select sent.*
    from {{ records }} as sent
    anti join {{ again or 'again' }} as again
        on hash(sent.source, sent.stream, sent.record_id) = again.record_hash
    union all by name
    select sent.*
    from {{ records }} as sent
    semi join {{ again or 'again' }} as again
        on hash(sent.source, sent.stream, sent.record_id) = again.record_hash
    {{ newest_copy() }}
)
{%- endmacro %}

{# The same of a file's records that a judged table keeps. #}
{% macro newest_of_file(contract) -%}
    {{ newest_of(source('raw', 'file__' ~ contract), again=ref('int_file_records_again')) }}
{%- endmacro %}

{# The same as a table that is incremental: what landed again is forgotten and staged anew. A model
   that looks at other tables too takes `newest_copy`. #}
{% macro newest_copies(stream) -%}
    {%- do config(materialized='incremental', pre_hook="{{ forget_staged() }}") -%}
    {{ newest_of(sent_records(stream)) }}
{%- endmacro %}

{# Every copy of the records to stage: all, or in an increment those of which one landed since. #}
{% macro sent_records(stream) -%}
    {%- if is_increment() -%}
    ({{ sent_since(stream) }})
    {%- else -%}
    {{ source('raw', stream) }}
    {%- endif -%}
{%- endmacro %}

{# One copy of each record, as a condition at a query's end. #}
{% macro newest_copy() -%}
    qualify row_number() over (
        partition by source, stream, record_id
        order by changed_at desc, extracted_at desc, page desc, md5(payload) desc
    ) = 1
{%- endmacro %}

{# Text as sent; what is only blanks was left empty. A column's text is mostly plain and has nothing
   to trim, which is seen in a fifth of the time that `trim` takes to look at it (it knows the blanks
   of all scripts). Other expressions would be evaluated four times. #}
{% macro text_or_null(value) -%}
    {%- if modules.re.fullmatch('[a-z_.]+', value) -%}
    case
        when strlen({{ value }}) = length({{ value }}) and {{ value }} > '!' and {{ value }} not like '% '
            then {{ value }}
        else nullif(trim({{ value }}), '')
    end
    {%- else -%}
    nullif(trim({{ value }}), '')
    {%- endif -%}
{%- endmacro %}

{# A time with an offset (or in UTC, as the session is) as a moment; null where it is none. #}
{% macro moment_or_null(value) -%}
    try_cast({{ value }} as timestamptz)
{%- endmacro %}

{# A finite number; null where the text is none ('nan' and 'inf' are none). #}
{% macro number_or_null(value) -%}
    case when isfinite(try_cast({{ value }} as double)) then try_cast({{ value }} as double) end
{%- endmacro %}
