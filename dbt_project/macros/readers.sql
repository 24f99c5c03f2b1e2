{# The names of the models that read from a model in the schema. #}
{% macro readers_of(schema) -%}
    {%- set readers = [] -%}
    {%- if execute -%}
        {%- for node in graph.nodes.values() if node.resource_type == 'model' -%}
            {%- for parent in node.depends_on.nodes if parent in graph.nodes -%}
                {%- if graph.nodes[parent].schema == schema -%}
                    {%- do readers.append(node.name) -%}
                {%- endif -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(readers) }}
{%- endmacro %}
