{# What an increment makes anew of meetings, steps, experiences, windows and loops
   (macros/touched_months.sql). #}

{# The rows that only one of both warehouses gives as the answer to a query. #}
{% macro unlike_before(query, schema) -%}
    {%- set before = query | replace(schema ~ '.', 'before.' ~ schema ~ '.') -%}
    ({{ query }} except {{ before }}) union all ({{ before }} except {{ query }})
{%- endmacro %}

{# Before int_meetings: the months of answers and interactions, and those of changed customers. #}
{% macro forget_meetings() -%}
    {%- if execute and is_increment() %}
        create table touched.meeting_months as
            select
                place,
                {{ period_of_place('place') }} as period,
            from (
                select {{ place_of('period') }} as place from touched.feedback_months
                union
                select {{ place_of('period') }} from touched.interaction_months
                union
                select place
                from {{ this }}
                where who in (select changed.customer_hash from touched.customers as changed)
            );
        {{ forget_places('meeting_months') }}
    {%- endif -%}
{%- endmacro %}

{# Before int_stage_counts: those months. #}
{% macro forget_stage_counts() -%}
    {%- if execute and is_increment() %}
        {{ forget_places('meeting_months') }}
    {%- endif -%}
{%- endmacro %}

{# Before int_steps: a step ends up to 30 days behind the meeting it begins with, so at most two
   months later (on 1 March from 30 January); `months_of_steps` are those that both lie in. #}
{% macro forget_steps() -%}
    {%- if execute and is_increment() %}
        create table touched.step_months as
            select distinct unnest([place, place + 1, place + 2]) as place
            from touched.meeting_months;
        create table touched.months_of_steps as
            select distinct unnest([place, place - 1, place - 2]) as place
            from touched.step_months;
        {{ forget_places('step_months') }}
    {%- endif -%}
{%- endmacro %}

{# Before int_step_days: the months of steps. #}
{% macro forget_step_days() -%}
    {%- if execute and is_increment() %}
        {{ forget_places('step_months') }}
    {%- endif -%}
{%- endmacro %}

{# Before int_step_spans: those that begin in the first touched month or later; those that the steps
   of then cut begin anew without them. #}
{% macro forget_step_spans() -%}
    {%- if execute and is_increment() %}
        {%- set since = '(select min(months.place) from touched.step_months as months)' %}
        create table touched.step_spans as
            from {{ this }} where begins < {{ since }} and ends >= {{ since }};
        delete from {{ this }} where ends >= {{ since }}
    {%- endif -%}
{%- endmacro %}

{# Before int_experiences: the months of answers (those of changed customers' are among them); and
   of the others (`experiences_again`) those whose outcome became, or was to become, known in such a
   month or behind it, since the answer that tells it may lie there now; and those of whom it is
   known only now whether they stayed. When a source begins to tell of leaving it tells of all, from
   the month of the experience on. #}
{% macro forget_experiences() -%}
    {%- if execute and is_increment() %}
        {%- set tells = 'select distinct source from contracts.customers where churned_on is not null' -%}
        {{ attach_before() }};
        {%- set months = '(select ' ~ place_of('period') ~ ' as place from touched.feedback_months)' %}
        create table touched.experiences_again as
            select
                * exclude (outcome_is),
                false as is_retention,
            from {{ this }} as known
            where
                outcome = 'recommendation'
                and place not in {{ months }}
                -- What the last condition says too; these pass by whole stretches of the table.
                and known_place >= (select min(months.place) from {{ months }} as months)
                and place < (select max(months.place) from {{ months }} as months)
                and exists (
                    select 1
                    from {{ months }} as months
                    where months.place between known.place and known.known_place
                )
            union all
            select
                * exclude (outcome_is)
                replace (if(outcome = 'retention', known_place, place) as known_place),
                true as is_retention,
            from {{ this }}
            where
                place not in {{ months }}
                and case
                    when exists ({{ unlike_before(tells, 'contracts') }})
                        then outcome = 'recommendation'
                    else
                        outcome = 'retention'
                        and outcome_is is null
                        and known_place
                        <= (select {{ place_of(period_of('max(watermark)')) }} from raw.sources)
                end;
        create table touched.experience_months as
            select
                place,
                {{ period_of_place('place') }} as period,
            from (select place from {{ months }} union select place from touched.experiences_again);
        delete from {{ this }} where place in {{ months }};
        delete from {{ this }} as known
        using touched.experiences_again as again
        where
            known.place = again.place
            and known.answer = again.answer
            and (known.outcome = 'retention') = again.is_retention
    {%- endif -%}
{%- endmacro %}

{# In int_experiences: the answers of touched months, and with them those others whose
   recommendation, or (`are_retentions`) whose staying, is looked at again. #}
{% macro and_experiences_again(answered, are_retentions) -%}
    {%- if is_increment() -%}
    (
        select * from {{ answered }}
        union all by name
        select * exclude (outcome, is_retention, known_place)
        from touched.experiences_again
        where is_retention = {{ are_retentions }}
    )
    {%- else -%}
    {{ answered }}
    {%- endif -%}
{%- endmacro %}

{# Before int_path_windows: a step counts in the twelve windows from its month on. #}
{% macro forget_paths() -%}
    {%- if execute and is_increment() %}
        {{ attach_before() }};
        create table touched.path_months as
            select path_months.period
            from ({{ months_from('select ' ~ period_of_place('min(place)') ~ ' from touched.step_months') }}) as path_months;
        {{ forget_months('path_months') }}
    {%- endif -%}
{%- endmacro %}

{# Before int_moment_spans. What becomes known later than a month counts in no earlier window: so
   from the first month on with a touched answer, or in which it was to be known who stayed. Spans
   that are cut by what became known since then begin anew without it. #}
{% macro forget_moment_spans() -%}
    {%- if execute and is_increment() %}
        create table touched.moments_since as
            select min(place) as place
            from (
                select {{ place_of('period') }} as place from touched.feedback_months
                union all
                select known_place from touched.experiences_again
            );
        {%- set since = '(select since.place from touched.moments_since as since)' %}
        create table touched.moment_spans as
            from {{ this }} where begins < {{ since }} and ends >= {{ since }};
        delete from {{ this }} where ends >= {{ since }}
    {%- endif -%}
{%- endmacro %}

{# Before int_moment_windows: from then on. #}
{% macro forget_moments() -%}
    {%- if execute and is_increment() %}
        {{ attach_before() }};
        create table touched.moment_months as
            {{ months_from(
                'select ' ~ period_of_place('place') ~ ' from touched.moments_since'
            ) }};
        {{ forget_months('moment_months') }}
    {%- endif -%}
{%- endmacro %}

{# Before int_loop_contacts: those by touched cases and interactions. #}
{% macro forget_loop_contacts() -%}
    {%- if execute and is_increment() %}
        create table touched.old_loop_contacts as {{ touched_loop_contacts() }};
        delete from {{ this }}
        where (is_follow_up, contact) in (
            select (old.is_follow_up, old.contact) from touched.old_loop_contacts as old
        )
    {%- endif -%}
{%- endmacro %}

{% macro touched_loop_contacts() -%}
    select *
    from {{ this }}
    where
        (not is_follow_up and contact in (
            select facts.case_hash from touched.case_facts as facts
        ))
        or (is_follow_up and contact in (
            select touched_keys.interaction_hash from touched.interactions as touched_keys
        ))
{%- endmacro %}

{# After it: those that came, went or moved. #}
{% macro note_loop_contacts() -%}
    {%- if execute and is_increment() %}
        create table touched.new_loop_contacts as {{ touched_loop_contacts() }};
        create table touched.loop_contacts as
            (from touched.new_loop_contacts except from touched.old_loop_contacts)
            union all
            (from touched.old_loop_contacts except from touched.new_loop_contacts)
    {%- endif -%}
{%- endmacro %}

{# Before int_loop_answers: all of the months with touched answers; and of the others (`loop_again`)
   those whose next answer was none within a year, or lies in such a month or behind it; those that
   a changed contact follows or followed up; and those that still wait, since how far contacts are
   known moves with every landing. #}
{% macro forget_loops() -%}
    {%- if execute and is_increment() %}
        {%- set tells = 'select distinct source from marts.int_loop_contacts' -%}
        {%- set in_time = 'interval (' ~ var('follow_up_days') ~ ') day' -%}
        {%- set moment = 'make_timestamp(epoch_us({}))' %}
        {{ attach_before() }};
        create table touched.loop_months as
            select
                period,
                {{ place_of('period') }} as place,
                {{ moment.format(period_start('period')) }} as begins_at,
                {{ moment.format(period_start(period_shift('period', 1))) }} as ends_at,
            from touched.feedback_months;
        create table touched.loop_again as
            with asked as (
                select
                    *,
                    state = 'waiting'
                    -- Sources that told of no contact know how far they would from now on.
                    or exists ({{ unlike_before(tells, 'marts') }})
                    or answer in (
                        select followed.answer
                        from {{ this }} as followed
                        inner join touched.loop_contacts as contacts
                            on
                                followed.who = contacts.who
                                and followed.responded_at < {{ moment.format('contacts.raised_at') }}
                                and followed.responded_at
                                > {{ moment.format('contacts.contacted_at') }} - {{ in_time }}
                    ) as is_contact_asked,
                    exists (
                        select 1
                        from touched.loop_months as months
                        where
                            known.responded_at < months.ends_at
                            and coalesce(known.next_at, known.responded_at + interval 1 year)
                            >= months.begins_at
                    ) as is_next_asked,
                from {{ this }} as known
                where place not in (select months.place from touched.loop_months as months)
            )
            from asked where is_contact_asked or is_next_asked;
        create table touched.loop_places as
            select place from touched.loop_months union select place from touched.loop_again;
        create table touched.loop_count_places as
            select place from touched.loop_months
            union
            select place from touched.loop_again where is_contact_asked
            union
            {{ next_places_of_loops() }};
        delete from {{ this }}
        where
            place in (select months.place from touched.loop_months as months)
            or answer in (select again.answer from touched.loop_again as again)
    {%- endif -%}
{%- endmacro %}

{# After it. #}
{% macro note_places_of_loops() -%}
    {%- if execute and is_increment() %}
        insert into touched.loop_count_places {{ next_places_of_loops() }}
    {%- endif -%}
{%- endmacro %}

{% macro next_places_of_loops() -%}
    select distinct next_place
    from {{ this }}
    where
        next_place is not null
        and (
            place in (select months.place from touched.loop_months as months)
            or answer in (select again.answer from touched.loop_again as again)
        )
{%- endmacro %}

{# Before int_loop_months. #}
{% macro forget_loop_months() -%}
    {%- if execute and is_increment() %}
        {{ forget_places('loop_count_places') }}
    {%- endif -%}
{%- endmacro %}

{# Before int_channel_repeats: the months of answers and, as each is looked at together with the
   eleven before it, the eleven behind them. #}
{% macro forget_channel_repeats() -%}
    {%- if execute and is_increment() %}
        create table touched.channel_months as
            select
                place,
                {{ period_of_place('place') }} as period,
            from (
                select distinct unnest(range(answered.place, answered.place + 12)) as place
                from (select {{ place_of('period') }} as place from touched.feedback_months)
                    as answered
            );
        {{ forget_months('channel_months') }}
    {%- endif -%}
{%- endmacro %}

{# In one of them or at most eleven months before. #}
{% macro is_beside_channel_months(place) -%}
    {%- if is_increment() -%}
        {{ place }} >= (
            select min(touched_months.place) - 11 from touched.channel_months as touched_months
        )
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}
