{# What every source feeds into a contract table, one below the other: its models
   int_<contract>__<kind>, found by their names. #}
{% macro everything_fed_to(contract) -%}
    {%- for kind in var('feeds').get(contract, []) %}
        select * from {{ ref('int_' ~ contract ~ '__' ~ kind) }}
        {% if not loop.last %}union all by name{% endif %}
    {%- endfor %}
{%- endmacro %}

{# How many rows each source sent for a contract. Of files the landings are counted, where each record
   is one row; what vendors' models make of their records is counted there. #}
{% macro rows_sent(contract) -%}
    select
        landed.source,
        cast(sum(landed.distinct_to_stage) as bigint) as n,
    from {{ ref('int_gate_readable') }} as landed
    where
        (landed.source, landed.stream) in (
            select (landings.source, landings.stream)
            from {{ source('raw', 'landings') }} as landings
            where landings.kind = 'file' and landings.contract = '{{ contract }}'
        )
    group by landed.source
    {%- for kind in vendors_of(contract) %}
    union all by name
    select
        source,
        count(*) as n,
    from {{ ref('int_' ~ contract ~ '__' ~ kind) }}
    group by source
    {%- endfor %}
{%- endmacro %}

{# Of rows of int_<contract>_judged: of a file, whose records are a row each. #}
{% macro is_of_a_file(contract) -%}
    source in (
        select sources.source from {{ source('raw', 'sources') }} as sources
        where sources.kind = 'file'
    )
    {#- Other interactions are made of cases. -#}
    {%- if contract == 'interactions' %} and case_hash is null{% endif -%}
{%- endmacro %}

{# What one answer is known by: source|survey|response|question. #}
{% macro feedback_id() -%}
    concat_ws('|', source, survey_id, response_id, question_id)
{%- endmacro %}

{# The condition under which a record of a stream has any part, of a staging model that unfolds its
   records: `has_parts` in the model's meta. #}
{% macro has_parts(kind, stream) -%}
    {%- set found = namespace(condition='true') -%}
    {%- if execute -%}
        {%- for node in graph.nodes.values() if node.name == 'stg_' ~ kind ~ '__' ~ stream -%}
            {%- set found.condition = node.config.meta.get('has_parts', 'true') -%}
        {%- endfor -%}
    {%- endif -%}
    {{ found.condition }}
{%- endmacro %}
