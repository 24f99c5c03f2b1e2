{# Months that an increment makes anew (macros/increments.sql), each a table in `touched`. #}

{# In a model of months: a condition under which a month was touched. #}
{% macro is_touched_month(period, months) -%}
    {%- if is_increment() -%}
        {{ period }} in (select touched_months.period from touched.{{ months }} as touched_months)
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{# The same where the month is known by its place (place_of). #}
{% macro is_touched_place(place, months) -%}
    {%- if is_increment() -%}
        {{ place }} in (select touched_months.place from touched.{{ months }} as touched_months)
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{# The same for a moment. Few are looked at closely: to find the month of every one takes longer
   than all that follows. #}
{% macro is_in_touched_month(moment, months) -%}
    {%- if is_increment() -%}
        {{ moment }} >= (
            select {{ period_start('min(touched_months.period)') }} from touched.{{ months }} as touched_months
        )
        and {{ moment }} < (
            select {{ period_start(period_shift('max(touched_months.period)', 1)) }}
            from touched.{{ months }} as touched_months
        )
        and {{ is_touched_month(period_of(moment), months) }}
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{# Before a model of months. #}
{% macro forget_months(months) -%}
    {%- if execute and is_increment() -%}
        delete from {{ this }} where {{ is_touched_month('period', months) }}
    {%- endif -%}
{%- endmacro %}

{# Not before the first touched month. #}
{% macro is_since_touched_month(period, months) -%}
    {%- if is_increment() -%}
        {{ period }} >= (
            select min(touched_months.period) from touched.{{ months }} as touched_months
        )
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{# The months of the report from a month on: `since` is a query for that month, null for none. All,
   where the history begins elsewhere now or the segments are others, since each window tells how
   many months it has and each segment has its rows. #}
{% macro months_from(since) -%}
    select period from marts.int_periods
    where
        period >= ({{ since }})
        or period not in (select old.period from before.marts.int_periods as old)
        or (select min(old.period) from before.marts.int_periods as old)
        != (select min(new.period) from marts.int_periods as new)
        or (select list_sort(list(distinct old.scope)) from before.marts.int_metric_cells as old)
        is distinct from
        (select list_sort(list(distinct new.scope)) from marts.int_metric_cells as new)
    union
    -- Those that are none any more are forgotten.
    (select period from before.marts.int_periods except select period from marts.int_periods)
{%- endmacro %}

{# After int_interactions_judged: the months in which touched interactions are or were. #}
{% macro note_months_of_interactions() -%}
    {%- if execute and is_increment() -%}
        {%- set month = 'select distinct ' ~ period_of('occurred_at') ~ ' as period from ' %}
        create table touched.interaction_months as
            {{ month }} touched.forgotten_interactions
            where reason is null
            union
            {{ month }} {{ this }} as judged
            {{ among_touched('judged', 'interactions') }}
            where reason is null or is_superseded
    {%- endif -%}
{%- endmacro %}

{# Before a model of months that knows them by their places. #}
{% macro forget_places(months) -%}
    delete from {{ this }} where {{ is_touched_place('place', months) }}
{%- endmacro %}

{# Before int_case_contacts: the cases touched; those that could not be judged when the last build
   ended; and those judged by whether the customer came back since a case came, went or moved. #}
{% macro forget_contacts() -%}
    {%- if execute and is_increment() %}
        {%- set facts = 'select case_hash, customer_hash, created_at from touched.{}_case_facts' -%}
        {%- set (now, old) = (facts.format('new'), facts.format('old')) -%}
        {{ attach_before() }};
        create table touched.contacts as
            select case_hash from touched.case_facts
            union
            select case_hash
            from marts.fct_cases
            where
                {{ with_return_window('greatest(first_resolved_at, created_at)') }} >= least(
                    (select min(created_at) from (({{ now }} except {{ old }}) union all ({{ old }} except {{ now }}))),
                    (select min(coalesce(watermark, timestamptz '1970-01-01')) from before.raw.sources)
                );
        create table touched.contact_months as {{ months_of_contacts() }};
        {{ forget_rows('contacts', ['case_hash']) }}
    {%- endif -%}
{%- endmacro %}

{% macro note_months_of_contacts() -%}
    {%- if execute and is_increment() -%}
        insert into touched.contact_months {{ months_of_contacts() }}
    {%- endif -%}
{%- endmacro %}

{% macro months_of_contacts() -%}
    select distinct unnest([contacts.contact_period, contacts.bot_period]) as period
    from {{ this }} as contacts {{ joined_to('contacts', 'touched.contacts', ['case_hash']) }}
{%- endmacro %}

{# Before int_support_months: the months of cases and of their contacts; for the backlog those from
   the first creation of a touched case on, and those that had not been over when the last build
   ended. #}
{% macro forget_support_months() -%}
    {%- if execute and is_increment() %}
        {{ attach_before() }};
        create table touched.support_months as
            select period from touched.case_months
            union
            select period from touched.contact_months
            union
            select period from marts.int_periods
            where
                period not in (select old.period from before.marts.int_periods as old)
                or ends_at > least(
                    (select min(created_at) from touched.new_case_facts),
                    (select min(created_at) from touched.old_case_facts),
                    (select min(coalesce(watermark, timestamptz '1970-01-01')) from before.raw.sources)
                )
            union
            -- Those that are none any more are forgotten.
            (select period from before.marts.int_periods except select period from marts.int_periods);
        {{ forget_months('support_months') }}
    {%- endif -%}
{%- endmacro %}
