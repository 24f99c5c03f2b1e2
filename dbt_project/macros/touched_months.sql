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
