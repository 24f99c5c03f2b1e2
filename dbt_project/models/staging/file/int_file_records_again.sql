{{ config(materialized='incremental', pre_hook="{{ forget_sent_again() }}") }}

-- Found once for all that ask: which copy is the newest, and how many records there are.
{% for kind, stream in var('streams') if is_kept_as_sent(kind, stream) %}
    select
        '{{ stream }}' as contract,
        any_value(source) as source,
        any_value(stream) as stream,
        hash(source, stream, record_id) as record_hash,
        count(*) as copies,
    from {{ source('raw', 'file__' ~ stream) }}
    group by hash(source, stream, record_id)
    having count(*) > 1
    {% if not loop.last %}union all by name{% endif %}
{% endfor %}
