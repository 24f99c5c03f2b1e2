{# The names of the models outside the schema that read from a model in it. #}
{% macro readers_of(schema) -%}
    {%- set readers = [] -%}
    {%- if execute -%}
        {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.schema != schema -%}
            {%- for parent in node.depends_on.nodes if parent in graph.nodes -%}
                {%- if graph.nodes[parent].schema == schema -%}
                    {%- do readers.append(node.name) -%}
                {%- endif -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(readers) }}
{%- endmacro %}
