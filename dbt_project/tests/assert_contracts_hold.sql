-- A view enforces no constraint of its contract: columns that are never empty are looked at here.
{% set contracts = {
    'feedback': ref('feedback'), 'cases': ref('cases'), 'case_events': ref('case_events'),
    'interactions': ref('interactions'), 'invitations': ref('invitations'),
} %}
{% for name, relation in contracts.items() %}
    {%- set never = [] -%}
    {%- if execute -%}
        {%- for column in graph.nodes['model.wellheard.' ~ name].columns.values() -%}
            {%- for constraint in column.constraints if constraint.type == 'not_null' -%}
                {%- do never.append(column.name) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif %}
    select
        '{{ name }}' as contract,
        count(*) as empty,
    from {{ rows_to_test(relation) }}
    where {{ (never or ['source']) | join(' is null or ') }} is null
    having count(*) > 0
    {% if not loop.last %}union all{% endif %}
{% endfor %}
