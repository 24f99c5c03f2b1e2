-- A view enforces no constraint of its contract: columns that are never empty are looked at here,
-- one by one, since DuckDB then knows from its statistics where there are none to look at.
{% set contracts = {
    'feedback': ref('feedback'), 'cases': ref('cases'), 'case_events': ref('case_events'),
    'interactions': ref('interactions'), 'invitations': ref('invitations'),
} %}
{# Put together of others, which gives no null: to look at them would put together each. #}
{% set put_together = ['feedback_id', 'case_key'] %}
with empty as (

    {% for name, relation in contracts.items() %}
        {%- set never = ['source'] -%}
        {%- if execute -%}
            {%- for column in graph.nodes['model.wellheard.' ~ name].columns.values() -%}
                {%- for constraint in column.constraints if constraint.type == 'not_null' -%}
                    {%- do never.append(column.name) -%}
                {%- endfor -%}
            {%- endfor -%}
        {%- endif -%}
        {%- for column in never | unique if column not in put_together %}
            select
                '{{ name }}' as contract,
                '{{ column }}' as column_name,
                count(*) as n,
            from {{ relation }}
            where {{ column }} is null
            {% if not loop.last %}union all{% endif %}
        {%- endfor %}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select * from empty
where n > 0
