{{ config(materialized='incremental', pre_hook="{{ forget_sent_again() }}") }}

-- Found once for all that ask: which copy is the newest, and how many records there are. Few landed
-- again: only of those the source is read.
{% for kind, stream in var('streams') if is_kept_as_sent(kind, stream) %}
    select
        '{{ stream }}' as contract,
        any_value(sent.source) as source,
        any_value(sent.stream) as stream,
        again.record_hash,
        count(*) as copies,
    from {{ source('raw', 'file__' ~ stream) }} as sent
    inner join (
        select hash(source, stream, record_id) as record_hash
        from {{ source('raw', 'file__' ~ stream) }}
        group by hash(source, stream, record_id)
        having count(*) > 1
    ) as again on hash(sent.source, sent.stream, sent.record_id) = again.record_hash
    group by again.record_hash
    {% if not loop.last %}union all by name{% endif %}
{% endfor %}
