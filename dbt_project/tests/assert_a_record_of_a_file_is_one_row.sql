-- The newest copy of each record is judged, and no other: a window that landed again or overlaps
-- another doubles nothing. So many records as were landed, and by the sum of their hashes the same.
with judged as (

    {% for contract in contracts_with_judged_records() %}
        select
            source,
            stream,
            count(*) as n,
            sum(record_hash) as sum_of_hashes,
        from {{ ref('int_' ~ contract ~ '_judged') }}
        where {{ is_of_a_file(contract) }}
        group by
            source,
            stream
        {% if not loop.last %}union all by name{% endif %}
    {% endfor %}

),

landed as (

    select
        source,
        stream,
        distinct_ids as n,
        sum_of_hashes,
    from {{ ref('int_gate_readable') }}
    where sum_of_hashes is not null

)

select
    source,
    stream,
    judged.n as judged,
    landed.n as landed,
from judged
full join landed using (source, stream)
where
    judged.n is distinct from landed.n
    or judged.sum_of_hashes is distinct from landed.sum_of_hashes
