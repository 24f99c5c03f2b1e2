-- No record is lost or doubled on its way from its source: each is one row of its contract table or is
-- put aside, and what is put aside is in quarantine. (Answers have a test of their own.)
{% set contracts = ['cases', 'case_events', 'customers', 'interactions', 'invitations'] %}
with records as (

    {% for contract in contracts %}
        select
            '{{ contract }}' as records,
            source,
            n,
        from ({{ rows_sent(contract) }})
        union all by name
        select
            '{{ contract }}' as records,
            source,
            -1 as n,
        from {{ ref(contract) }}
        union all by name
        select
            '{{ contract }}' as records,
            source,
            -1 as n,
        from {{ ref('int_' ~ contract ~ '_judged') }}
        where reason is not null
        union all by name
    {% endfor %}
    select
        'interactions' as records,
        source,
        1 as n,
    from {{ ref('int_interactions_of_cases') }}

),

-- A record that is kept without a property nobody knows has a row for each such property.
put_aside as (

    {% for contract in contracts %}
        select
            'quarantine' as records,
            source,
            1 as n,
        from {{ ref('int_' ~ contract ~ '_judged') }}
        where reason is not null
        union all by name
    {% endfor %}
    select
        'quarantine' as records,
        source,
        (unknown_channel is not null)::integer + (unknown_schedule is not null)::integer as n,
    from {{ ref('int_cases_judged') }}
    where reason is null
    union all by name
    select
        'quarantine' as records,
        source,
        1 as n,
    from {{ ref('int_case_events_judged') }}
    where reason is null and unknown_status is not null
    union all by name
    select
        'quarantine' as records,
        source,
        1 as n,
    from {{ ref('int_customers_judged') }}
    where reason is null and unknown_segment is not null
    union all by name
    select
        'quarantine' as records,
        source,
        -1 as n,
    from {{ ref('quarantine') }}
    where question_id is null

),

balance as (

    select * from records
    union all by name
    select * from put_aside

)

select
    records,
    source,
    sum(n) as missing,
from balance
group by records, source
having sum(n) != 0
