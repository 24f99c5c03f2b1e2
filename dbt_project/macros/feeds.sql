{# What every source feeds into a contract table, one below the other: its models
   int_<contract>__<kind>, found by their names. #}
{% macro everything_fed_to(contract) -%}
    {%- for kind in var('feeds').get(contract, []) %}
        select * from {{ ref('int_' ~ contract ~ '__' ~ kind) }}
        {% if not loop.last %}union all by name{% endif %}
    {%- endfor %}
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
