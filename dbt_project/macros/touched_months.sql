{# Months that an increment makes anew (macros/increments.sql), each a table in `touched`. #}

{# In a model of months: a condition under which a month was touched. #}
{% macro is_touched_month(period, months) -%}
    {%- if is_increment() -%}
        {{ period }} in (select touched_months.period from touched.{{ months }} as touched_months)
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

{# In the twelve months up to a touched one, or later: what windows of touched months are made of. #}
{% macro is_in_window_of_touched_month(period, months) -%}
    {%- if is_increment() -%}
        {{ period }} >= (
            select {{ period_shift('min(touched_months.period)', -11) }}
            from touched.{{ months }} as touched_months
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

{% macro note_months_of_interactions() -%}
    {%- if execute and is_increment() -%}
        insert into touched.interaction_months {{ months_of_interactions() }}
    {%- endif -%}
{%- endmacro %}

{% macro months_of_interactions() -%}
    select distinct {{ period_of('judged.occurred_at') }} as period
    from {{ this }} as judged
    {{ joined_to('judged', 'touched.judged_interactions', ['interaction_id']) }}
    where judged.reason is null
{%- endmacro %}

{# Before int_meetings: the months of answers and interactions, and those of changed customers. #}
{% macro forget_meetings() -%}
    {%- if execute and is_increment() %}
        create table touched.meeting_months as
            select period from touched.feedback_months
            union
            select period from touched.interaction_months
            union
            select period from {{ this }}
            where customer_key in (select changed.customer_key from touched.customers as changed);
        {{ forget_months('meeting_months') }}
    {%- endif -%}
{%- endmacro %}

{# Before int_steps: a step ends up to 30 days behind the meeting it begins with, so at most two
   months later (on 1 March from 30 January); `months_of_steps` are those that both lie in. #}
{% macro forget_steps() -%}
    {%- if execute and is_increment() %}
        create table touched.step_months as
            select distinct unnest([
                period, {{ period_shift('period', 1) }}, {{ period_shift('period', 2) }}
            ]) as period
            from touched.meeting_months;
        create table touched.months_of_steps as
            select distinct unnest([
                period, {{ period_shift('period', -1) }}, {{ period_shift('period', -2) }}
            ]) as period
            from touched.step_months;
        delete from {{ this }}
        where place in (select {{ place_of('period') }} from touched.step_months)
    {%- endif -%}
{%- endmacro %}

{# Before int_experiences: the months of answers and the 90 days before them; those in which it is
   now known who stayed; those of changed customers. A source that tells of leaving from now on tells
   it of all months. #}
{% macro forget_experiences() -%}
    {%- if execute and is_increment() %}
        {%- set tells = 'select distinct source from contracts.customers where churned_on is not null' -%}
        {%- set told = tells | replace('contracts.', 'before.contracts.') -%}
        {{ attach_before() }};
        create table touched.stays_known_from as
            select {{ period_of('to_timestamp(min(coalesce(epoch(sources.watermark), 0)))') }} as period
            from before.raw.sources as sources
            where sources.source in ({{ tells }})
            having count(*) > 0
            union all
            select '' as period
            where exists (({{ tells }} except {{ told }}) union all ({{ told }} except {{ tells }}));
        create table touched.experience_months as
            select distinct {{ period_of('moment') }} as period
            from (
                select
                    unnest(generate_series(
                        to_timestamp(epoch({{ period_start('period') }}) - 90 * 86400),
                        {{ period_start(period_shift('period', 1)) }} - interval 1 second,
                        interval 1 day
                    )) as moment,
                from touched.feedback_months
            )
            union
            select period from {{ this }}
            where customer_key in (select changed.customer_key from touched.customers as changed)
            union
            select distinct period
            from marts.fct_feedback
            where
                exists (({{ tells }} except {{ told }}) union all ({{ told }} except {{ tells }}))
                or period >= (
                    select
                        {{ period_of(
                            'to_timestamp(min(coalesce(epoch(sources.watermark), 0)) - 180 * 86400)'
                        ) }}
                    from before.raw.sources as sources
                    where sources.source in ({{ tells }})
                );
        {{ forget_months('experience_months') }}
    {%- endif -%}
{%- endmacro %}

{# Before int_path_windows: a step counts in the twelve windows from its month on. #}
{% macro forget_paths() -%}
    {%- if execute and is_increment() %}
        {{ attach_before() }};
        create table touched.path_months as
            select path_months.period
            from ({{ months_from('select min(period) from touched.step_months') }}) as path_months;
        {{ forget_months('path_months') }}
    {%- endif -%}
{%- endmacro %}

{# Before int_moment_windows. What becomes known later than a month counts in no earlier window: so
   from the first month with a touched answer on, from the one in which the last build ended where
   sources tell who stayed, and from the first experience of a changed customer. #}
{% macro forget_moments() -%}
    {%- if execute and is_increment() %}
        {{ attach_before() }};
        create table touched.moment_months as
            {{ months_from(
                'select min(period) from ('
                'select period from touched.feedback_months '
                'union all select period from touched.stays_known_from '
                'union all select period from marts.int_experiences where customer_key in '
                '(select changed.customer_key from touched.customers as changed))'
            ) }};
        {{ forget_months('moment_months') }}
    {%- endif -%}
{%- endmacro %}

{# Before int_loop_answers: the next answer may come within a year; a contact within the days that a
   follow-up may take, and how far contacts are known moves with every landing. #}
{% macro forget_loops() -%}
    {%- if execute and is_increment() %}
        {%- set cases = 'select customer_key, created_at, first_reply_at from ' -%}
        {%- set touched = joined_to('facts', 'touched.case_facts', ['case_key']) -%}
        {%- set now = cases ~ 'marts.fct_cases as facts ' ~ touched -%}
        {%- set old = cases ~ 'before.marts.fct_cases as facts ' ~ touched -%}
        {%- set follow_ups = joined_to(
            'facts', 'touched.judged_interactions', ['interaction_id']
        ) ~ " where facts.touchpoint = 'follow_up'" -%}
        {%- set tells = 'select distinct source from marts.int_loop_contacts' -%}
        {%- set told = 'select distinct source from before.marts.int_loop_contacts' -%}
        {%- set in_time = 'interval (' ~ var('follow_up_days') ~ ') day' -%}
        {{ attach_before() }};
        create table touched.loop_months as
            select period
            from (select period from marts.fct_feedback union select period from {{ this }})
            where period >= (
                select min(period)
                from (
                    select {{ period_shift('period', -12) }} as period from touched.feedback_months
                    union all
                    select {{ period_of('min(first_reply_at) - ' ~ in_time) }} as period
                    from (({{ now }} except {{ old }}) union all ({{ old }} except {{ now }}))
                    union all
                    select {{ period_of('facts.occurred_at - ' ~ in_time) }} as period
                    from contracts.interactions as facts {{ follow_ups }}
                    union all
                    -- Gone, or somebody else's now: when is not asked.
                    select '' as period
                    from before.staging.int_interactions_judged as facts {{ follow_ups }}
                    union all
                    select {{ period_of('min(sources.watermark) - ' ~ in_time) }} as period
                    from before.raw.sources as sources
                    where sources.source in ({{ told }})
                    union all
                    -- Sources that told of no contact know how far they would from now on.
                    select '' as period
                    where exists (({{ tells }} except {{ told }}) union all ({{ told }} except {{ tells }}))
                )
            );
        {{ forget_months('loop_months') }}
    {%- endif -%}
{%- endmacro %}

{# Before int_case_contacts: the cases touched; those that could not be judged when the last build
   ended; and those judged by whether the customer came back since a case came, went or moved. #}
{% macro forget_contacts() -%}
    {%- if execute and is_increment() %}
        {%- set facts = 'select case_key, customer_key, created_at from ' -%}
        {%- set touched = joined_to('facts', 'touched.case_facts', ['case_key']) -%}
        {%- set now = facts ~ 'marts.fct_cases as facts ' ~ touched -%}
        {%- set old = facts ~ 'before.marts.fct_cases as facts ' ~ touched -%}
        {{ attach_before() }};
        create table touched.contacts as
            select case_key from touched.case_facts
            union
            select case_key
            from marts.fct_cases
            where
                {{ with_return_window('greatest(first_resolved_at, created_at)') }} >= least(
                    (select min(created_at) from (({{ now }} except {{ old }}) union all ({{ old }} except {{ now }}))),
                    (select min(coalesce(watermark, timestamptz '1970-01-01')) from before.raw.sources)
                );
        {{ forget_rows('contacts', ['case_key']) }}
    {%- endif -%}
{%- endmacro %}
