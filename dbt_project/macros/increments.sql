{# How a build that starts from a copy of the warehouse before it touches only what new landings
   changed. `touched` is a schema of that build alone: what landed since (a view per stream), and the
   keys of all that it can change. A model of rows deletes the rows with those keys and puts in what
   they are now; a model of months does so for the months those rows were or are in; all other models
   are made anew. In a build in full all of this is empty text. (DECISIONS.md, Increments.) #}

{% macro is_increment() -%}
    {{ return(var('increment', false)) }}
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

{# The rows of a relation whose key is (or, `kind='anti'`, is not) in a table of keys. Two nulls are
   the same key. #}
{% macro joined_to(rows, keys, columns, kind='semi') -%}
    {{ kind }} join {{ keys }} as touched_keys on
    {%- for column in columns %}
        {{ rows }}.{{ column }} is not distinct from touched_keys.{{ column }}
        {%- if not loop.last %} and {% endif %}
    {%- endfor %}
{%- endmacro %}

{# Behind `from <rows>` in a model: only the touched ones, in an increment. #}
{% macro only_touched(rows, keys, columns) -%}
    {%- if is_increment() %}{{ joined_to(rows, 'touched.' ~ keys, columns) }}{% endif -%}
{%- endmacro %}

{# In a model of months: a condition under which a month was touched. #}
{% macro is_touched_month(period, months) -%}
    {%- if is_increment() -%}
        {{ period }} in (select touched_months.period from touched.{{ months }} as touched_months)
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{# Each row of `int_<contract>__<kind>` comes from one record of its stream and nothing else, so that
   only rows of landed records change. Where nobody says so, all rows of a source change as soon as
   anything of it landed. #}
{% macro is_by_record(contract, kind) -%}
    {%- set node = graph.nodes.get('model.wellheard.int_' ~ contract ~ '__' ~ kind, {}) -%}
    {{ return(kind == 'file' or node.get('config', {}).get('meta', {}).get('by_record', false)) }}
{%- endmacro %}

{# A staging model whose rows come from one stream, record by record. #}
{% macro is_staged_by_record() -%}
    {{ return(
        'macro.wellheard.newest_copies' in model.depends_on.macros
        and model.depends_on.nodes | length == 1
    ) }}
{%- endmacro %}

{# Once before all models, on the old tables: which landed records were there before (`again__`),
   and the keys that the rows made of them had. #}
{% macro note_what_was() -%}
    {%- if execute and is_increment() -%}
        {%- for kind, stream in var('streams') %}
            {%- set name = kind ~ '__' ~ stream %}
            create table touched.records__{{ name }} as
                select distinct source, stream, record_id from touched.{{ name }};
            {# A file's record is a row of staging; a vendor's may have had no parts to stage. #}
            create table touched.again__{{ name }} as
                select touched_records.*
                from touched.records__{{ name }} as touched_records
                {{ joined_to(
                    'touched_records',
                    'staging.stg_' ~ name if kind == 'file' else 'touched.before__' ~ name,
                    ['source', 'stream', 'record_id'],
                ) }};
        {%- endfor %}
        {%- for contract in ['feedback', 'cases', 'case_events', 'interactions', 'invitations'] %}
            create table touched.old_{{ contract }} as {{ touched_keys(contract, 'again') }};
        {%- endfor %}
        create table touched.old_customers as
            select customer_key, segment from marts.dim_customers;
    {%- endif -%}
{%- endmacro %}

{# The keys of the rows that sources feed into a contract now, of touched records. #}
{% macro touched_keys(contract, records) -%}
    {%- set columns = keys_of(contract) -%}
    {%- for kind in var('feeds').get(contract, []) %}
        {%- if is_by_record(contract, kind) %}
            select distinct {{ columns | join(', ') }}
            from staging.int_{{ contract }}__{{ kind }} as fed
            semi join (
                {%- for of_kind, stream in var('streams') if of_kind == kind %}
                    select * from touched.{{ records }}__{{ kind }}__{{ stream }}
                    union all
                {%- endfor %}
                select null as source, null as stream, null as record_id where false
            ) as touched_records using (source, stream, record_id)
        {%- else %}
            select distinct {{ columns | join(', ') }}
            from staging.int_{{ contract }}__{{ kind }}
            where source in (select touched_sources.source from touched.sources as touched_sources)
        {%- endif %}
        union
    {%- endfor %}
    select
        {%- for column in columns %} null::varchar as {{ column }}, {% endfor %}
    where false
{%- endmacro %}

{# Before a staging model: forget the records that landed again. What is not staged record by record
   is forgotten as a whole. #}
{% macro forget_staged() -%}
    {%- if execute and is_increment() and model.name.startswith('stg_') -%}
        {%- set name = model.name | replace('stg_', '', 1) -%}
        {%- if not is_staged_by_record() -%}
            delete from {{ this }}
        {%- else -%}
            delete from {{ this }}
            where
                {%- if name.startswith('file__') %}
                (source, stream, record_id) in (
                    select (again.source, again.stream, again.record_id)
                {%- else %}
                (source, record_id) in (
                    select (again.source, again.record_id)
                {%- endif %}
                    from touched.again__{{ name }} as again
                )
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{# Before int_<contract>_judged: the keys of all rows whose judgement can be another now. #}
{% macro forget_judged(contract) -%}
    {%- if execute and is_increment() -%}
        {%- set columns = keys_of(contract) -%}
        create table touched.{{ contract }} as
            select * from touched.old_{{ contract }}
            union
            {{ touched_keys(contract, 'records') }}
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
        where
            {%- for column in columns %}
            known.{{ column }} is not distinct from touched_keys.{{ column }}
            {%- if not loop.last %} and {% endif %}
            {%- endfor %}
    {%- endif -%}
{%- endmacro %}

{# Before a model of months. #}
{% macro forget_months(months) -%}
    {%- if execute and is_increment() -%}
        delete from {{ this }} where {{ is_touched_month('period', months) }}
    {%- endif -%}
{%- endmacro %}

{# After dim_customers: whose segment is another now. #}
{% macro note_changed_customers() -%}
    {%- if execute and is_increment() -%}
        create table touched.customers as
            select customer_key
            from (
                (select customer_key, segment from {{ this }} except from touched.old_customers)
                union
                (from touched.old_customers except select customer_key, segment from {{ this }})
            )
            group by customer_key
    {%- endif -%}
{%- endmacro %}

{# Before fct_feedback: the answers touched, those of changed customers too, and their months. #}
{% macro forget_answers() -%}
    {%- if execute and is_increment() %}
        create table touched.answers as
            select * from touched.feedback
            union
            select source, response_id from {{ this }}
            where customer_key in (select changed.customer_key from touched.customers as changed);
        create table touched.feedback_months as {{ months_of_answers() }};
        {{ forget_rows('answers', ['source', 'response_id']) }}
    {%- endif -%}
{%- endmacro %}

{% macro note_months_of_answers() -%}
    {%- if execute and is_increment() -%}
        insert into touched.feedback_months {{ months_of_answers() }}
    {%- endif -%}
{%- endmacro %}

{% macro months_of_answers() -%}
    select distinct facts.period
    from {{ this }} as facts {{ joined_to('facts', 'touched.answers', ['source', 'response_id']) }}
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
    select distinct unnest([facts.created_period, facts.solved_period, facts.rated_period]) as period
    from {{ this }} as facts {{ joined_to('facts', 'touched.case_facts', ['case_key']) }}
{%- endmacro %}

{# Tables of keys by which an increment touches the rows of a model. #}
{% macro touched_in(name) -%}
    {%- set rows = {
        'int_feedback_judged': ['feedback', keys_of('feedback')],
        'feedback': ['feedback', keys_of('feedback')],
        'fct_feedback': ['answers', keys_of('feedback')],
        'cases': ['cases', keys_of('cases')],
        'case_events': ['case_events', keys_of('case_events')],
        'interactions': ['judged_interactions', ['interaction_id']],
        'invitations': ['judged_invitations', ['invitation_id']],
        'int_case_milestones': ['case_keys', ['case_key']],
        'fct_cases': ['case_facts', ['case_key']],
        'int_gate_responses': ['feedback', keys_of('feedback')],
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
