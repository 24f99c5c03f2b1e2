{# What the gate counts is kept, and an increment moves it: what touched records count for now is
   added, what they counted for before is taken off. #}

{# Before a model of such counts: what was counted before is put into a table of its name. #}
{% macro take_counted() -%}
    {%- if execute and is_increment() %}
        {{ attach_before() }};
        create table touched.{{ model.name }} as from {{ this }};
        delete from {{ this }}
    {%- endif -%}
{%- endmacro %}

{# Rows to count, with `counts_for` 1, or -1 where they are to be taken off: `rows` is a macro for the
   rows of all records, of those touched, and of those as they were. #}
{% macro rows_to_count(rows) -%}
    {%- if is_increment() -%}
    select *, 1 as counts_for from ({{ rows('now') }})
    union all by name
    select *, -1 as counts_for from ({{ rows('before') }})
    {%- else -%}
    select *, 1 as counts_for from ({{ rows('all') }})
    {%- endif -%}
{%- endmacro %}

{# After `from`: the rows of int_<contract>_judged, or (`which` is now, before) the touched ones as they
   are or were. #}
{% macro rows_of(contract, which) -%}
    {%- set relation = ref('int_' ~ contract ~ '_judged') -%}
    {%- if which == 'before' %}{{ touched_before(relation, contract) }} as judged
    {%- else %}{{ relation }} as judged
        {%- if which == 'now' %}
    {{ among_touched('judged', contract) }}
        {%- endif %}
    {%- endif %}
{%- endmacro %}

{# Every answer that was sent, quarantined ones included; a second copy or a blank is none. #}
{% macro sent_answers(which) -%}
    select
        source,
        survey_id,
        question_id,
        channel,
        response_id,
        response_hash,
        reason,
        coalesce(responded_at, seen_at) as occurred_at,
    from {{ rows_of('feedback', which) }}
    where coalesce(reason not in ('superseded', 'blank'), true)
{%- endmacro %}

{# Every answer that was submitted: one that its writer never sent off is no fault. #}
{% macro submitted_answers(which) -%}
    select * from ({{ sent_answers(which) }})
    where reason is distinct from 'not_submitted'
{%- endmacro %}

{# Every record a source sent. One survey response is one, however many questions it answers. #}
{% macro counted_records(which) -%}
    select
        source,
        'feedback' as contract,
        part,
        channel,
        occurred_at,
    from (
        select
            any_value(source) as source,
            any_value(survey_id) as part,
            channel,
            min(occurred_at) as occurred_at,
        from ({{ sent_answers(which) }})
        group by
            response_hash,
            channel
    )
    where occurred_at is not null

    union all by name

    {{ other_records(which) }}
{%- endmacro %}

{# The records that are no survey responses. #}
{% macro other_records(which) -%}
    select
        source,
        'cases' as contract,
        cast(null as varchar) as part,
        case when unknown_channel is null then channel end as channel,
        case_id as record_id,
        created_at as occurred_at,
    from {{ rows_of('cases', which) }}
    where reason is null

    union all by name

    select
        source,
        'case_events' as contract,
        cast(null as varchar) as part,
        cast(null as varchar) as channel,
        case_event_id as record_id,
        occurred_at,
    from {{ rows_of('case_events', which) }}
    where reason is null

    union all by name

    select
        source,
        'interactions' as contract,
        cast(null as varchar) as part,
        channel,
        interaction_id as record_id,
        occurred_at,
    from {{ rows_of('interactions', which) }}
    where reason is null

    union all by name

    select
        source,
        'invitations' as contract,
        survey_id as part,
        channel,
        invitation_id as record_id,
        sent_at as occurred_at,
    from {{ rows_of('invitations', which) }}
    where reason is null
{%- endmacro %}
