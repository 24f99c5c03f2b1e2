{# The file a build writes is read by nobody before the build has ended, and thrown away if it fails:
   each model is put where it belongs in one statement, without a copy aside, a swap and a
   transaction. No table has grants, indexes or comments. #}

{% materialization table, adapter='duckdb', supported_languages=['sql', 'python'] %}
    {{ run_hooks(pre_hooks) }}
    {%- call statement('main', language=model.language) -%}{{ table_made() }}{%- endcall -%}
    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [this.incorporate(type='table')]}) }}
{% endmaterialization %}

{# An increment puts rows in, and so never anything else than the columns there are: what would
   change them makes a build in full. #}
{% materialization incremental, adapter='duckdb' %}
    {{ run_hooks(pre_hooks) }}
    {%- call statement('main') -%}
        {%- if is_increment() -%}
            {{ note_first_new() }};
            insert into {{ this }} by name
            {{ compiled_code }}
        {%- else -%}
            {{ table_made() }}
        {%- endif -%}
    {%- endcall -%}
    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [this.incorporate(type='table')]}) }}
{% endmaterialization %}

{% materialization view, adapter='duckdb' %}
    {%- if config.get('contract').enforced -%}
        {{ get_assert_columns_equivalent(compiled_code) }}
    {%- endif -%}
    {%- call statement('main') -%}
        create or replace view {{ this }} as (
            {{ compiled_code }}
        )
    {%- endcall -%}
    {{ return({'relations': [this.incorporate(type='view')]}) }}
{% endmaterialization %}

{% macro table_made() -%}
    {%- if model.language == 'python' -%}
{{ compiled_code }}

def materialize(rows, connection):
    connection.register('made', rows)
    connection.execute('create or replace table {{ this }} as select * from made')
    connection.unregister('made')
    {%- elif config.get('contract').enforced -%}
        {#- An increment goes on from a table that was held to the contract. -#}
        {%- if not is_increment() -%}{{ get_assert_columns_equivalent(compiled_code) }}{%- endif -%}
        create or replace table {{ this }} {{ get_table_columns_and_constraints() }};
        insert into {{ this }} by name
        {{ compiled_code }}
    {%- else -%}
        create or replace table {{ this }} as (
            {{ compiled_code }}
        )
    {%- endif -%}
{%- endmacro %}
