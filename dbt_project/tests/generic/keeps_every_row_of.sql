{# The model has as many rows of each source as the one it is made from. #}
{% test keeps_every_row_of(model, origin) %}

with balance as (

    select
        source,
        1 as n,
    from {{ origin }}
    union all
    select
        source,
        -1 as n,
    from {{ model }}

)

select
    source,
    sum(n) as missing,
from balance
group by source
having sum(n) != 0

{% endtest %}
