{# What landed since the warehouse that an increment goes on from (macros/increments.sql). #}

{# Once before all models, on the old tables: which landed records were there before (`again__`).
   The judged tables hold every record of a file as it was sent, so of files the views over `raw`
   show in an increment only the records that landed since, in all their copies. #}
{% macro note_what_was() -%}
    {%- if execute and is_increment() -%}
        {%- for kind, stream in var('streams') %}
            {%- set name = kind ~ '__' ~ stream %}
            {%- if is_kept_as_sent(kind, stream) %}
            create table touched.records_{{ stream }} as
                select distinct
                    source,
                    stream,
                    hash(source, stream, record_id) as record_hash,
                from touched.{{ name }};
            create table touched.again__{{ name }} as
                select
                    source,
                    stream,
                    record_id,
                    rowid as row_id,
                from {{ few_rows('staging.int_' ~ stream ~ '_judged', is_of_a_landed_file(stream)) }};
            alter view raw.{{ name }} rename to everything__{{ name }};
            create view raw.{{ name }} as {{ sent_since(name) }};
            {%- else %}
            create table touched.records__{{ name }} as
                select distinct source, stream, record_id from touched.{{ name }};
            {# A file's record is a row of staging; a vendor's may have had no parts to stage. #}
            create table touched.again__{{ name }} as
                select touched_records.*
                from touched.records__{{ name }} as touched_records
                {{ joined_to(
                    'touched_records',
                    'staging.stg_' ~ name if kind == 'file' else
                    '(select distinct source, stream, record_id from touched.before__' ~ name ~ ')',
                    ['source', 'stream', 'record_id'],
                ) }};
            {%- endif %}
        {%- endfor %}
    {%- endif -%}
{%- endmacro %}

{# Of rows that have a record's hash: of a record that landed since. #}
{% macro is_of_a_landed_file(contract) -%}
    record_hash in (select landed.record_hash from touched.records_{{ contract }} as landed)
{%- endmacro %}

{# Once behind all of them: those views show everything again. #}
{% macro forget_what_was() -%}
    {%- if execute and is_increment() -%}
        {%- for kind, stream in var('streams') if is_kept_as_sent(kind, stream) %}
            drop view raw.file__{{ stream }};
            alter view raw.everything__file__{{ stream }} rename to file__{{ stream }};
        {%- endfor %}
            drop schema touched cascade
    {%- endif -%}
{%- endmacro %}

{# Whether a judged table holds the stream's records. #}
{% macro is_kept_as_sent(kind, stream) -%}
    {{ return(kind == 'file' and stream in contracts_with_judged_records()) }}
{%- endmacro %}

{% macro contracts_with_judged_records() -%}
    {{ return(['feedback', 'cases', 'case_events', 'interactions', 'invitations']) }}
{%- endmacro %}

{# All copies of the records that landed since. #}
{% macro sent_since(name) -%}
    {%- set record = ['source', 'stream', 'record_id'] -%}
    select landed.* from touched.{{ name }} as landed
    {{ joined_to('landed', 'touched.again__' ~ name, record, 'anti') }}
    union all by name
    select landed.*
    from (from touched.before__{{ name }} union all by name from touched.{{ name }}) as landed
    {{ joined_to('landed', 'touched.again__' ~ name, record) }}
{%- endmacro %}

{# Before a staging model: forget the records that landed again. #}
{% macro forget_staged() -%}
    {%- if execute and is_increment() -%}
        {%- set name = model.name | replace('stg_', '', 1) -%}
        {#- A vendor's stream is a model of its own, and its rows may not name it. -#}
        {%- set columns = ['source', 'stream', 'record_id'] if name.startswith('file__')
            else ['source', 'record_id'] -%}
        delete from {{ this }}
        where ({{ columns | join(', ') }}) in (
            select (again.{{ columns | join(', again.') }})
            from touched.again__{{ name }} as again
        )
    {%- endif -%}
{%- endmacro %}

{# Before int_file_records_again: what landed since is counted with its older copies. #}
{% macro forget_sent_again() -%}
    {%- if execute and is_increment() -%}
        {%- for kind, stream in var('streams') if is_kept_as_sent(kind, stream) %}
            delete from {{ this }} where {{ is_of_a_landed_file(stream) }};
        {%- endfor %}
    {%- endif -%}
{%- endmacro %}
