{# The columns together name one row. Values are told of seeds alone, which hold no customers. #}
{% test unique_together(model, columns, by=none) %}
{% set keys = columns | join(', ') %}
select
    {% if model.schema == 'seeds' -%}
    'seeds/{{ model.identifier }}.csv: ' || concat_ws('/', {{ keys }}) || ' is given ' || count(*)
    || ' times; keep one row' as problem,
    {%- else -%}
    '{{ model.schema }}.{{ model.identifier }}: ' || count(*) || ' rows share one ({{ keys }})'
        as problem,
    {%- endif %}
from {{ rows_sharing(model, columns, by) }}
group by {{ keys }}
having count(*) > 1
{% endtest %}
