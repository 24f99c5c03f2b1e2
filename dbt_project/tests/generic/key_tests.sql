{# dbt's own `unique`, for tables of millions of rows: only values whose hash comes twice are
   compared (`by` names a column that has it). In an increment the values that were put in are looked
   for among all. #}
{% test unique(model, column_name, by=none) %}
select
    {{ column_name }} as unique_field,
    count(*) as n_records,
from {{ rows_sharing(model, [column_name], by) }}
where {{ column_name }} is not null
group by {{ column_name }}
having count(*) > 1
{% endtest %}

{# What a row is known by: there in each row, and no two rows have the same. For a column, or with
   `columns` for a table. No values are told: they may be a customer's. #}
{% test key(model, column_name=none, columns=none, by=none) %}
{% set columns = columns or [column_name] %}
{% set table = model.schema ~ '.' ~ model.identifier %}
{% set names = columns | join(', ') %}
select '{{ table }}: ' || count(*) || ' rows share one ({{ names }})' as problem
from {{ rows_sharing(model, columns, by) }}
group by {{ names }}
having count(*) > 1
union all
select '{{ table }}: ' || count(*) || ' rows without ({{ names }})' as problem
from {{ model }}
where {{ columns | join(' is null or ') }} is null
having count(*) > 0
{% endtest %}
