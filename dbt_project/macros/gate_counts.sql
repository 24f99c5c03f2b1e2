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

{# After `from`: a model's rows, or (`which` is now, before) the touched ones as they are or were.
   Before, no view can be read: it would look into the warehouse that is being made. #}
{% macro rows_of(model_name, which) -%}
    {%- set relation = ref(model_name) -%}
    {%- if which == 'before' %}before.{{ relation.schema }}.{{ relation.identifier }}
    {%- else %}{{ relation }}{% endif %} as judged
    {%- if which != 'all' %}
        {%- set (keys, columns) = touched_in(model_name) %}
    {{ joined_to('judged', 'touched.' ~ keys, columns) }}
    {%- endif %}
{%- endmacro %}

{# Every record a source sent, quarantined answers included. #}
{% macro gate_records(which) -%}
    select
        source,
        'feedback' as contract,
        survey_id as part,
        channel,
        response_id as record_id,
        occurred_at,
    from {{ rows_of('int_gate_responses', which) }}
    where occurred_at is not null

    union all by name

    select
        source,
        'cases' as contract,
        cast(null as varchar) as part,
        case when unknown_channel is null then channel end as channel,
        case_id as record_id,
        created_at as occurred_at,
    from {{ rows_of('int_cases_judged', which) }}
    where reason is null

    union all by name

    select
        source,
        'case_events' as contract,
        cast(null as varchar) as part,
        cast(null as varchar) as channel,
        case_event_id as record_id,
        occurred_at,
    from {{ rows_of('int_case_events_judged', which) }}
    where reason is null

    union all by name

    select
        source,
        'interactions' as contract,
        cast(null as varchar) as part,
        channel,
        interaction_id as record_id,
        occurred_at,
    from {{ rows_of('int_interactions_judged', which) }}
    where reason is null

    union all by name

    select
        source,
        'invitations' as contract,
        survey_id as part,
        channel,
        invitation_id as record_id,
        sent_at as occurred_at,
    from {{ rows_of('int_invitations_judged', which) }}
    where reason is null
{%- endmacro %}

{# Every answer that was submitted; a second copy, a blank, or an answer its writer never submitted is
   no fault. #}
{% macro gate_answers(which) -%}
    select
        source,
        survey_id,
        question_id,
        reason,
        coalesce(responded_at, seen_at) as occurred_at,
    from {{ rows_of('int_feedback_judged', which) }}
    where coalesce(reason not in ('superseded', 'blank', 'not_submitted'), true)
{%- endmacro %}
