-- What the lake's manifests say was sent and landed, what can be read back, what staging kept.
with landings as (

    select
        source,
        stream,
        sum(sent) as sent,
        sum(landed) as landed,
        count(*) as windows,
    from {{ source('raw', 'landings') }}
    group by
        source,
        stream

),

readable as (

    select * from {{ ref('int_gate_readable') }}

),

staged as (

    {% for kind, part in var('streams') if kind != 'file' %}
        select
            source,
            '{{ part }}' as stream,
            count(distinct record_id) as staged,
            cast(null as hugeint) as sum_of_hashes,
        from {{ ref('stg_' ~ kind ~ '__' ~ part) }}
        group by
            source,
            stream
        union all by name
    {% endfor %}
    -- A record of a file is one row: the sum of their hashes is that of the landed ones.
    {% for contract in contracts_with_judged_records() + ['customers'] %}
        select
            source,
            stream,
            count(*) as staged,
            {{ 'null' if contract == 'customers' else 'sum(record_hash)' }} as sum_of_hashes,
        from {{ ref('int_' ~ contract ~ '_judged') }}
        where {{ is_of_a_file(contract) }}
        group by
            source,
            stream
        {% if not loop.last %}union all by name{% endif %}
    {% endfor %}

)

select
    landings.source,
    landings.stream,
    cast(landings.windows as bigint) as windows,
    cast(landings.sent as bigint) as sent,
    cast(landings.landed as bigint) as landed,
    -- Of a stream that this model does not know nothing is counted, which fails the gate.
    coalesce(readable.readable, 0) as readable,
    coalesce(readable.distinct_ids, 0) as distinct_ids,
    coalesce(readable.distinct_to_stage, 0) as distinct_to_stage,
    coalesce(staged.staged, 0) as staged,
    readable.sum_of_hashes as landed_hashes,
    staged.sum_of_hashes as staged_hashes,
from landings
left join readable
    on
        landings.source = readable.source
        and landings.stream = readable.stream
left join staged
    on
        landings.source = staged.source
        and landings.stream = staged.stream
order by
    landings.source,
    landings.stream
