{# How a build that starts from a copy of the warehouse before it touches only what new landings
   changed. `touched` is a schema of that build alone: what landed since (a view per stream), and the
   keys of all that it can change. A model of rows deletes the rows with those keys and puts in what
   they are now; a model of months does so for the months those rows were or are in; all other models
   are made anew. In a build in full all of this is empty text. (DECISIONS.md, Increments.) #}

{% macro is_increment() -%}
    {#- Not while parsing: what dbt parsed for a build in full serves its increments too. -#}
    {{ return(execute and env_var('WELLHEARD_INCREMENT', '') == '1') }}
{%- endmacro %}

{# What a row of a contract's sources is known by: rows that agree in it decide about each other. The
   judged tables have its hash (macros/hashes.sql) under this name. #}
{% macro known_by(contract) -%}
    {{ return({
        'feedback': ['source', 'survey_id', 'response_id'],
        'cases': ['source', 'case_id'],
        'case_events': ['source', 'case_event_id'],
        'interactions': ['source', 'interaction_id'],
        'invitations': ['source', 'invitation_id'],
    }[contract]) }}
{%- endmacro %}

{% macro key_of(contract) -%}
    {{ return({
        'feedback': 'response_hash',
        'cases': 'case_hash',
        'case_events': 'case_event_hash',
        'interactions': 'interaction_hash',
        'invitations': 'invitation_hash',
    }[contract]) }}
{%- endmacro %}

{% macro keys_of(contract) -%}
    {{ return([key_of(contract)]) }}
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
        {{ '=' if column in ['source', 'stream', 'record_id'] or column.endswith('_hash') else 'is not distinct from' }}
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

{# The keys of the rows that a vendor's models made and make no more, or make now and did not: those
   models join streams, so that no record alone tells what it changed. #}
{% macro changed_keys(contract, kind) -%}
    {%- set (now, old) = ('staging.int_' ~ contract ~ '__' ~ kind,
                          'before.staging.int_' ~ contract ~ '__' ~ kind) -%}
    select distinct hash({{ known_by(contract) | join(', ') }}) as {{ key_of(contract) }}
    from ((from {{ now }} except from {{ old }}) union all (from {{ old }} except from {{ now }}))
{%- endmacro %}

{# The vendors among those who feed a contract. #}
{% macro vendors_of(contract) -%}
    {{ return(var('feeds').get(contract, []) | reject('equalto', 'file') | list) }}
{%- endmacro %}

{# What the sources feed into a contract: all, or in an increment what landed since. #}
{% macro fed_since(contract) -%}
    {%- for kind in var('feeds')[contract] %}
        select fed.* from {{ ref('int_' ~ contract ~ '__' ~ kind) }} as fed
        {%- if is_increment() and kind != 'file' %}
        where hash({{ known_by(contract) | join(', ') }}) in (
            select changed.{{ key_of(contract) }} from touched.changed_{{ contract }} as changed
        )
        {%- endif %}
        {% if not loop.last %}union all by name{% endif %}
    {%- endfor %}
{%- endmacro %}

{# Few of many rows of a table, all columns of which are read of those alone. #}
{% macro few_rows(table, condition) -%}
    {{ table }} where rowid in (select found.rowid from {{ table }} as found where {{ condition }})
{%- endmacro %}

{# What an increment puts into a table stands behind all rows that were there. Row ids hold while the
   file is being made, since it is put in order once, at the end (profiles.yml). #}
{% macro note_first_new() -%}
    create table touched.first_new_{{ this.identifier }} as
        select coalesce(max(rowid) + 1, 0) as row_id from {{ this }}
{%- endmacro %}

{% macro is_new(name, row_id='rowid') -%}
    {{ row_id }} >= (select first_new.row_id from touched.first_new_{{ name }} as first_new)
{%- endmacro %}

{# Of rows of int_<contract>_judged before any is forgotten: made of what landed since. #}
{% macro is_of_what_landed(contract) -%}
    (
        rowid in (select again.row_id from touched.again__file__{{ contract }} as again)
        {%- if vendors_of(contract) %}
        or {{ key_of(contract) }} in (
            select changed.{{ key_of(contract) }} from touched.changed_{{ contract }} as changed
        )
        {%- endif %}
        {%- if contract == 'interactions' %}
        or case_hash in (select changed.case_hash from touched.cases as changed)
        {%- endif %}
    )
{%- endmacro %}

{# Before int_<contract>_judged: forget the rows of what landed again; `touched.<contract>` is a table
   of the keys of all that can be judged otherwise now. #}
{% macro forget_judged(contract) -%}
    {%- if execute and is_increment() -%}
        {%- if vendors_of(contract) %}
        {{ attach_before() }};
        create table touched.changed_{{ contract }} as
            {%- for kind in vendors_of(contract) %}
            {{ changed_keys(contract, kind) }}
            {% if not loop.last %}union{% endif %}
            {%- endfor %};
        {%- endif %}
        create table touched.forgotten_{{ contract }} as
            select * from {{ few_rows(this, is_of_what_landed(contract)) }};
        create table touched.{{ contract }} as
            select distinct {{ key_of(contract) }} from touched.forgotten_{{ contract }};
        delete from {{ this }} where {{ is_of_what_landed(contract) }}
    {%- endif -%}
{%- endmacro %}

{# After it: where the touched rows are; and of rows that are the same one, all but the newest are
   superseded. Few are, so only those are put in order. A fault in `first` says more of a row than
   that it is an older copy. #}
{% macro settle_copies(contract, newest_first, same=none, first='') -%}
    {%- if execute %}
        {%- set same = same or known_by(contract) %}
        {%- set key = 'feedback_hash' if contract == 'feedback' else key_of(contract) %}
        {%- if is_increment() %}
        insert into touched.{{ contract }}
            select distinct {{ key_of(contract) }} from {{ this }}
            where
                {{ is_new(this.identifier) }}
                {%- if contract == 'case_events' %}
                or case_hash in (select changed.case_hash from touched.cases as changed)
                {%- endif %}
            except
            from touched.{{ contract }};
        create table touched.rows_{{ contract }} as
            select
                known.rowid as row_id,
                known.{{ key }} as copy_of,
                known.is_superseded,
            from {{ this }} as known
            {{ joined_to('known', 'touched.' ~ contract, [key_of(contract)]) }};
        {%- endif %}
        update {{ this }} as known
        set
            is_superseded = copies.is_superseded,
            reason = case
                when copies.is_superseded and known.fault is distinct from '{{ first }}' then 'superseded'
                else known.fault
            end
        from (
            select
                rowid as row_id,
                row_number() over (
                    partition by {{ same | join(', ') }} order by {{ newest_first }}
                ) > 1 as is_superseded,
            from {{ this }}
            {%- if is_increment() %}
            where rowid in (
                select touched_rows.row_id
                from touched.rows_{{ contract }} as touched_rows
                where touched_rows.copy_of in (
                    select copy_of from touched.rows_{{ contract }}
                    group by copy_of
                    having count(*) > 1 or bool_or(is_superseded)
                )
            )
            {%- else %}
            where {{ key }} in (
                select {{ key }} from {{ this }}
                group by {{ key }}
                having count(*) > 1
            )
            {%- endif %}
        ) as copies
        where known.rowid = copies.row_id and known.is_superseded != copies.is_superseded
    {%- endif -%}
{%- endmacro %}

{# Behind `from int_<contract>_judged as <rows>`, once its copies are settled: the touched ones. #}
{% macro among_touched(rows, contract) -%}
    semi join touched.rows_{{ contract }} as touched_rows on {{ rows }}.rowid = touched_rows.row_id
{%- endmacro %}

{# The same rows as they were: those forgotten, and those that are still where they were (the
   warehouse being made began as a copy). Only the looked-up row ids tell which rows are new: a
   condition on the table's own would have all its columns read. #}
{% macro touched_before(relation, contract) -%}
    (
        from touched.forgotten_{{ contract }}
        union all by name
        select * from before.{{ relation.schema }}.{{ relation.identifier }}
        where rowid in (
            select touched_rows.row_id
            from touched.rows_{{ contract }} as touched_rows
            where not {{ is_new(relation.identifier, 'touched_rows.row_id') }}
        )
    )
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
            select distinct
                customer_key,
                hash(customer_key) as customer_hash,
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
        create table touched.feedback_months as
            select distinct period from touched.forgotten_feedback where reason is null
            union
            select distinct period
            from {{ this }} as judged {{ among_touched('judged', 'feedback') }}
            where reason is null or is_superseded
            union
            select distinct period from {{ this }}
            where
                reason is null
                and customer_hash in (select changed.customer_hash from touched.customers as changed)
    {%- endif -%}
{%- endmacro %}

{# After int_case_events_judged: what belongs to no case that is known; and the cases of events that
   came, went or changed. #}
{% macro settle_events() -%}
    {%- if execute and is_increment() %}
        {%- set touched = among_touched('known', 'case_events') %}
        update {{ this }} as known
        set reason = asked.reason
        from (
            select
                events.row_id,
                case when cases.case_hash is null then 'unknown_case' end as reason,
            from (
                select
                    known.rowid as row_id,
                    known.case_hash,
                from {{ this }} as known {{ touched }}
                where known.fault is null and not known.is_superseded
            ) as events
            left join contracts.cases as cases on events.case_hash = cases.case_hash
        ) as asked
        where known.rowid = asked.row_id and known.reason is distinct from asked.reason;
        create table touched.cases_of_events as
            select distinct case_hash from touched.forgotten_case_events
            union
            select distinct known.case_hash from {{ this }} as known {{ touched }}
    {%- endif -%}
{%- endmacro %}

{# Before int_case_milestones: the cases touched, by themselves or by an event. #}
{% macro forget_milestones() -%}
    {%- if execute and is_increment() %}
        create table touched.case_hashes as
            select case_hash from touched.cases
            union
            select case_hash from touched.cases_of_events;
        {{ forget_rows('case_hashes', ['case_hash']) }}
    {%- endif -%}
{%- endmacro %}

{# Before fct_cases: those cases, those whose first reply is still awaited, as far as their source is
   known, those of changed customers, and their months. #}
{% macro forget_cases() -%}
    {%- if execute and is_increment() %}
        create table touched.case_facts as
            select * from touched.case_hashes
            union
            select case_hash from {{ this }}
            where
                (first_reply_at is null and first_resolved_at is null)
                or customer_hash in (select changed.customer_hash from touched.customers as changed);
        create table touched.old_case_facts as {{ touched_case_facts() }};
        {{ forget_rows('case_facts', ['case_hash']) }}
    {%- endif -%}
{%- endmacro %}

{# After it: what became of them, and their months. #}
{% macro note_months_of_cases() -%}
    {%- if execute and is_increment() %}
        create table touched.new_case_facts as {{ touched_case_facts() }};
        create table touched.case_months as
            {{ months_of_cases('old') }} union {{ months_of_cases('new') }}
    {%- endif -%}
{%- endmacro %}

{% macro touched_case_facts() -%}
    select
        facts.case_hash,
        facts.customer_hash,
        facts.created_at,
        facts.created_period,
        facts.first_resolved_period,
        facts.solved_period,
        facts.rated_period,
    from {{ this }} as facts {{ joined_to('facts', 'touched.case_facts', ['case_hash']) }}
{%- endmacro %}

{% macro months_of_cases(age) -%}
    select distinct unnest([
        created_period, first_resolved_period, solved_period, rated_period
    ]) as period
    from touched.{{ age }}_case_facts
{%- endmacro %}

{# The keys by which a view shows what an increment touched. #}
{% macro touched_in(name) -%}
    {{ return({
        'feedback': ['feedback', keys_of('feedback')],
        'fct_feedback': ['feedback', keys_of('feedback')],
        'cases': ['cases', keys_of('cases')],
        'case_events': ['case_events', keys_of('case_events')],
        'interactions': ['interactions', keys_of('interactions')],
        'invitations': ['invitations', keys_of('invitations')],
    }.get(name)) }}
{%- endmacro %}

{# What a test has to look at, after `from`, where that is less than all: in an increment the rows that
   were put in. #}
{% macro rows_put_in(relation) -%}
    {%- if is_increment() -%}
        {%- set node = graph.nodes.get('model.' ~ project_name ~ '.' ~ relation.identifier) -%}
        {%- set touched = touched_in(relation.identifier) -%}
        {%- if node and node.config.materialized == 'incremental' -%}
        (select * from {{ relation }} where {{ is_new(relation.identifier) }})
        {%- elif touched -%}
        (
            select known.*
            from {{ relation }} as known {{ joined_to('known', 'touched.' ~ touched[0], touched[1]) }}
        )
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{% macro rows_to_test(relation) -%}
    {{ rows_put_in(relation) or relation }}
{%- endmacro %}

{# The rows whose hash of these columns (the column `by`, if there is one) is that of another row too;
   in an increment, where one of them was put in. #}
{% macro rows_sharing(relation, columns, by=none) -%}
{%- set key = by or 'hash(' ~ columns | join(', ') ~ ')' -%}
{%- set put_in = rows_put_in(relation) -%}
(
    select * from {{ relation }}
    where {{ key }} in (
        select {{ key }}
        from {{ relation }}
        {%- if put_in %}
        where {{ key }} in (select {{ key }} from {{ put_in }})
        {%- endif %}
        group by {{ key }}
        having count(*) > 1
    )
)
{%- endmacro %}
