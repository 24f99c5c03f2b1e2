{# The names of the models outside the schema that read from a model in it, but for those in `doors`
   (which may read which). #}
{% macro readers_of(schema, doors={}) -%}
    {%- set readers = [] -%}
    {%- if execute -%}
        {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.schema != schema -%}
            {%- for parent in node.depends_on.nodes if parent in graph.nodes -%}
                {%- set name = graph.nodes[parent].name -%}
                {%- if graph.nodes[parent].schema == schema and doors.get(node.name) != name -%}
                    {%- do readers.append(node.name) -%}
                {%- endif -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(readers) }}
{%- endmacro %}
