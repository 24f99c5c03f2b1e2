-- Names and addresses are read here and nowhere else; nothing refers to this table.
with everyone as (

    {% for kind in var('identities') %}
        select * from {{ ref('identities__' ~ kind) }}
        {% if not loop.last %}union all by name{% endif %}
    {% endfor %}

)

select
    customer_key,
    source,
    name,
    email,
from everyone
where customer_key is not null
qualify row_number() over (
    partition by source, customer_key
    order by changed_at desc, record_id desc
) = 1
