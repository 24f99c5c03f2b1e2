{# dbt's own `unique`, for tables of millions of rows: only values whose hash comes twice are
   compared. In an increment the values that were put in are looked for among all. #}
{% test unique(model, column_name) %}
select
    {{ column_name }} as unique_field,
    count(*) as n_records,
from {{ rows_sharing(model, [column_name]) }}
where {{ column_name }} is not null
group by {{ column_name }}
having count(*) > 1
{% endtest %}

{# dbt's own `not_null`; in an increment, of the rows that were put in. #}
{% test not_null(model, column_name) %}
select {{ column_name }}
from {{ rows_to_test(model) }}
where {{ column_name }} is null
{% endtest %}
