{# How a build that starts from a copy of the warehouse before it touches only what new landings
   changed. `touched` is a schema of that build alone: what landed since (a view per stream), and the
   keys of all that it can change. A model of rows deletes the rows with those keys and puts in what
   they are now; a model of months does so for the months those rows were or are in; all other models
   are made anew. In a build in full all of this is empty text. (DECISIONS.md, Increments.) #}

{% macro is_increment() -%}
    {#- Not while parsing: what dbt parsed for a build in full serves its increments too. -#}
    {{ return(execute and env_var('WELLHEARD_INCREMENT', '') == '1') }}
{%- endmacro %}

{# What one row of a contract's sources is known by: rows that agree in it decide about each other. #}
{% macro keys_of(contract) -%}
    {{ return({
        'feedback': ['source', 'response_id'],
        'cases': ['source', 'case_id'],
        'case_events': ['source', 'case_event_id'],
        'interactions': ['source', 'interaction_id'],
        'invitations': ['source', 'invitation_id'],
    }[contract]) }}
{%- endmacro %}

{# The rows of a relation whose key is (or, `kind='anti'`, is not) in a table of keys. #}
{% macro joined_to(rows, keys, columns, kind='semi') -%}
    {{ kind }} join {{ keys }} as touched_keys on {{ same_key(rows, columns) }}
{%- endmacro %}

{# Two nulls are the same key. What is never null is compared by `=`: that DuckDB looks up while it
   reads a table, so that the other columns of rows that do not match are not read at all. #}
{% macro same_key(rows, columns) -%}
    {%- for column in columns %}
        {{ rows }}.{{ column }}
        {{ '=' if column in ['source', 'stream', 'record_id', 'response_id', 'extracted_at'] else 'is not distinct from' }}
        touched_keys.{{ column }}
        {%- if not loop.last %} and {% endif %}
    {%- endfor %}
{%- endmacro %}

{# Behind `from <rows>` in a model: only the touched ones, in an increment. #}
{% macro only_touched(rows, keys, columns) -%}
    {%- if is_increment() %}{{ joined_to(rows, 'touched.' ~ keys, columns) }}{% endif -%}
{%- endmacro %}

{# The warehouse this build goes on from, as it was. #}
{% macro attach_before() -%}
    attach if not exists '{{ env_var("WELLHEARD_WAREHOUSE_BEFORE") | replace("'", "''") }}' as before (read_only)
{%- endmacro %}

{# Once before all models, on the old tables: which landed records were there before (`again__`),
   and the keys that the rows made of them had. #}
{% macro note_what_was() -%}
    {%- if execute and is_increment() -%}
        {%- for kind, stream in var('streams') %}
            {%- set name = kind ~ '__' ~ stream %}
            create table touched.records__{{ name }} as
                select distinct source, stream, record_id, extracted_at from touched.{{ name }};
            {# A file's record is a row of staging; a vendor's may have had no parts to stage. #}
            create table touched.again__{{ name }} as
                select distinct
                    touched_records.source, touched_records.stream, touched_records.record_id
                from touched.records__{{ name }} as touched_records
                {{ joined_to(
                    'touched_records',
                    'staging.stg_' ~ name if kind == 'file' else 'touched.before__' ~ name,
                    ['source', 'stream', 'record_id'],
                ) }};
        {%- endfor %}
        {%- for contract in ['feedback', 'cases', 'case_events', 'interactions', 'invitations'] %}
            create table touched.old_{{ contract }} as {{ keys_of_records_again(contract) }};
        {%- endfor %}
    {%- endif -%}
{%- endmacro %}

{# The keys of the rows that a contract's files feed into it now, of touched records. Of a record
   that was not there before, the copy that counts was read with the new landings: by that time
   DuckDB leaves out most of the history unread. #}
{% macro touched_keys(contract) -%}
    select distinct {{ keys_of(contract) | join(', ') }}
    from staging.int_{{ contract }}__file as fed
    {{ joined_to(
        'fed', 'touched.records__file__' ~ contract,
        ['source', 'stream', 'record_id', 'extracted_at']
    ) }}
    union
    {{ keys_of_records_again(contract) }}
{%- endmacro %}

{% macro keys_of_records_again(contract) -%}
    select distinct {{ keys_of(contract) | join(', ') }}
    from staging.int_{{ contract }}__file as fed
    {{ joined_to(
        'fed', 'touched.again__file__' ~ contract, ['source', 'stream', 'record_id']
    ) }}
{%- endmacro %}

{# The keys of the rows that a vendor's models made and make no more, or make now and did not: those
   models join streams, so that no record alone tells what it changed. #}
{% macro changed_keys(contract, kind) -%}
    {%- set (now, old) = ('staging.int_' ~ contract ~ '__' ~ kind,
                          'before.staging.int_' ~ contract ~ '__' ~ kind) -%}
    select distinct {{ keys_of(contract) | join(', ') }}
    from ((from {{ now }} except from {{ old }}) union all (from {{ old }} except from {{ now }}))
{%- endmacro %}

{# Before a staging model: forget the records that landed again. #}
{% macro forget_staged() -%}
    {%- if execute and is_increment() -%}
        {%- set name = model.name | replace('stg_', '', 1) -%}
        {#- A vendor's stream is a model of its own, and its rows may not name it. -#}
        {%- set columns = ['source', 'stream', 'record_id'] if name.startswith('file__')
            else ['source', 'record_id'] -%}
        delete from {{ this }}
        where ({{ columns | join(', ') }}) in (
            select (again.{{ columns | join(', again.') }})
            from touched.again__{{ name }} as again
        )
    {%- endif -%}
{%- endmacro %}

{# Before int_<contract>_judged: the keys of all rows whose judgement can be another now. #}
{% macro forget_judged(contract) -%}
    {%- if execute and is_increment() -%}
        {%- set columns = keys_of(contract) -%}
        {{ attach_before() }};
        create table touched.{{ contract }} as
            select * from touched.old_{{ contract }}
            union
            {{ touched_keys(contract) }}
            {%- for kind in var('feeds')[contract] if kind != 'file' %}
            union
            {{ changed_keys(contract, kind) }}
            {%- endfor %}
            {%- if contract == 'interactions' %}
            union
            select source, concat_ws('|', 'case', case_id) as interaction_id
            from touched.cases
            {%- elif contract == 'case_events' %}
            {%- for kind in var('feeds')['case_events'] %}
            union
            select distinct fed.source, fed.case_event_id
            from staging.int_case_events__{{ kind }} as fed
            {{ joined_to('fed', 'touched.cases', ['source', 'case_id']) }}
            {%- endfor %}
            {%- endif %};
        {%- if contract in ['interactions', 'invitations'] %}
        {# Their ids have the source in front from here on. #}
        create table touched.judged_{{ contract }} as
            select concat_ws('|', {{ columns | join(', ') }}) as {{ columns[1] }}
            from touched.{{ contract }};
        {%- if contract == 'interactions' %}
        {# A file may name an interaction as a case's is. #}
        create table touched.cases_met as
            select source, substr(interaction_id, 6) as case_id
            from touched.interactions
            where starts_with(interaction_id, 'case|');
        create table touched.interaction_months as {{ months_of_interactions() }};
        {%- endif %}
        {{ forget_rows('judged_' ~ contract, [columns[1]]) }}
        {%- elif contract == 'case_events' %}
        create table touched.cases_of_old_events as
            select distinct judged.case_key
            from {{ this }} as judged {{ joined_to('judged', 'touched.case_events', columns) }}
            where judged.case_key is not null;
        {{ forget_rows(contract, columns) }}
        {%- else %}
        {{ forget_rows(contract, columns) }}
        {%- endif %}
    {%- endif -%}
{%- endmacro %}

{# Before a model of rows: delete those with touched keys. #}
{% macro forget_rows(keys, columns) -%}
    {%- if execute and is_increment() %}
        delete from {{ this }} as known
        using touched.{{ keys }} as touched_keys
        where {{ same_key('known', columns) }}
    {%- endif -%}
{%- endmacro %}

{# After dim_customers: those of whom a source tells something else now. #}
{% macro note_changed_customers() -%}
    {%- if execute and is_increment() -%}
        {%- set told = 'select customer_key, source, segment, joined_on, churned_on from ' -%}
        {{ attach_before() }};
        create table touched.customers as
            select distinct customer_key
            from (
                ({{ told }} contracts.customers except {{ told }} before.contracts.customers)
                union all
                ({{ told }} before.contracts.customers except {{ told }} contracts.customers)
            )
    {%- endif -%}
{%- endmacro %}

{# After int_feedback_judged: the months in which answers touched, or those of changed customers, are or
   were. #}
{% macro note_months_of_answers() -%}
    {%- if execute and is_increment() %}
        {%- set touched = joined_to('judged', 'touched.feedback', keys_of('feedback')) -%}
        {{ attach_before() }};
        create table touched.feedback_months as
            select period from staging.int_feedback_judged as judged {{ touched }}
            where reason is null
            union
            select period from before.staging.int_feedback_judged as judged {{ touched }}
            where reason is null
            union
            select period from staging.int_feedback_judged as judged
            where
                reason is null
                and customer_key in (select changed.customer_key from touched.customers as changed)
    {%- endif -%}
{%- endmacro %}

{# Before int_gate_readable: what was found in the landings before. #}
{% macro note_readable() -%}
    {%- if execute and is_increment() %}
        create table touched.readable as from {{ this }};
        delete from {{ this }}
    {%- endif -%}
{%- endmacro %}

{# Before int_case_milestones: the cases touched, by themselves or by an event, and those whose
   first reply is still awaited, as far as their source is known. #}
{% macro forget_milestones() -%}
    {%- if execute and is_increment() %}
        create table touched.case_keys as
            select concat_ws('|', source, case_id) as case_key from touched.cases
            union
            select case_key from touched.cases_of_old_events
            union
            select judged.case_key
            from staging.int_case_events_judged as judged
            {{ joined_to('judged', 'touched.case_events', keys_of('case_events')) }}
            where judged.case_key is not null
            union
            select case_key from {{ this }}
            where first_reply_at is null and first_resolved_at is null;
        {{ forget_rows('case_keys', ['case_key']) }}
    {%- endif -%}
{%- endmacro %}

{# Before fct_cases: those cases, those of changed customers, and their months. #}
{% macro forget_cases() -%}
    {%- if execute and is_increment() %}
        create table touched.case_facts as
            select * from touched.case_keys
            union
            select case_key from {{ this }}
            where customer_key in (select changed.customer_key from touched.customers as changed);
        create table touched.case_months as {{ months_of_cases() }};
        {{ forget_rows('case_facts', ['case_key']) }}
    {%- endif -%}
{%- endmacro %}

{% macro note_months_of_cases() -%}
    {%- if execute and is_increment() -%}
        insert into touched.case_months {{ months_of_cases() }}
    {%- endif -%}
{%- endmacro %}

{% macro months_of_cases() -%}
    select distinct unnest([
        facts.created_period,
        {{ period_of("facts.first_resolved_at") }},
        facts.solved_period,
        facts.rated_period
    ]) as period
    from {{ this }} as facts {{ joined_to('facts', 'touched.case_facts', ['case_key']) }}
{%- endmacro %}

{# Tables of keys, or of months, by which an increment touches the rows of a model. #}
{% macro touched_in(name) -%}
    {%- set rows = {
        'int_feedback_judged': ['feedback', keys_of('feedback')],
        'feedback': ['feedback', keys_of('feedback')],
        'fct_feedback': ['feedback', keys_of('feedback')],
        'cases': ['cases', keys_of('cases')],
        'case_events': ['case_events', keys_of('case_events')],
        'interactions': ['judged_interactions', ['interaction_id']],
        'invitations': ['judged_invitations', ['invitation_id']],
        'int_case_milestones': ['case_keys', ['case_key']],
        'int_case_open_spans': ['case_keys', ['case_key']],
        'int_case_contacts': ['contacts', ['case_key']],
        'fct_cases': ['case_facts', ['case_key']],
        'int_gate_responses': ['feedback', keys_of('feedback')],
        'int_meetings': ['meeting_months', ['place']],
        'int_experiences': ['experience_months', ['place']],
        'int_loop_answers': ['loop_places', ['place']],
    } -%}
    {%- if name.startswith('stg_file__') -%}
        {{ return(['records__' ~ name | replace('stg_', '', 1), ['source', 'stream', 'record_id']]) }}
    {%- endif -%}
    {{ return(rows.get(name)) }}
{%- endmacro %}

{# What a test has to look at, after `from`: in an increment the rows that were put in. #}
{% macro rows_to_test(relation) -%}
    {%- set touched = touched_in(relation.identifier) if is_increment() else none -%}
    {%- if touched -%}
        (
            select known.*
            from {{ relation }} as known {{ joined_to('known', 'touched.' ~ touched[0], touched[1]) }}
        )
    {%- else -%}
        {{ relation }}
    {%- endif -%}
{%- endmacro %}

{# The rows whose hash of these columns is that of another row too; in an increment, where one of
   them was put in. #}
{% macro rows_sharing(relation, columns) -%}
{%- set key = 'hash(' ~ columns | join(', ') ~ ')' -%}
(
    select * from {{ relation }}
    where {{ key }} in (
        select {{ key }}
        from {{ relation }}
        {%- if is_increment() and touched_in(relation.identifier) %}
        where {{ key }} in (select {{ key }} from {{ rows_to_test(relation) }})
        {%- endif %}
        group by {{ key }}
        having count(*) > 1
    )
)
{%- endmacro %}
