-- The newest copy of each record is judged, and no other: a window that landed again or overlaps
-- another doubles nothing.
{% for contract in contracts_with_judged_records() %}
    select
        '{{ contract }}' as contract,
        source,
        stream,
        count(*) as n,
    from
        {{ rows_sharing(
            ref('int_' ~ contract ~ '_judged'), ['source', 'stream', 'record_id'], 'record_hash'
        ) }}
    where {{ is_of_a_file(contract) }}
    group by source, stream, record_id
    having count(*) > 1
    {% if not loop.last %}union all by name{% endif %}
{% endfor %}
