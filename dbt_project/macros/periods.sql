{# The month of a moment in the reporting zone, '2026-10'. #}
{% macro period_of(moment) -%}
    strftime(timezone('{{ var("reporting_zone") }}', {{ moment }}), '%Y-%m')
{%- endmacro %}

{# The moment a month begins in the reporting zone. #}
{% macro period_start(period) -%}
    timezone('{{ var("reporting_zone") }}', strptime({{ period }} || '-01', '%Y-%m-%d'))
{%- endmacro %}

{# The month so many months later. #}
{% macro period_shift(period, months) -%}
    strftime(strptime({{ period }} || '-01', '%Y-%m-%d') + interval ({{ months }}) month, '%Y-%m')
{%- endmacro %}

{# The month counted from year 0. #}
{% macro place_of(period) -%}
    cast(left({{ period }}, 4) as integer) * 12 + cast(right({{ period }}, 2) as integer)
{%- endmacro %}

{# That month as it is written. #}
{% macro period_of_place(place) -%}
    printf('%04d-%02d', ({{ place }} - 1) // 12, ({{ place }} - 1) % 12 + 1)
{%- endmacro %}

{# Not a clock gone wrong: after 1999 and not later than the day after it was read. Counted in
   microseconds, because the calendar takes twenty times as long to add a day (and the epoch of
   'infinity' is null). #}
{% macro is_plausible_time(moment, extracted_at) -%}
    {{ moment }} >= timestamptz '2000-01-01 00:00:00+00'
    and {{ moment }} < timestamptz 'infinity'
    and epoch_us({{ moment }}) <= epoch_us({{ extracted_at }}) + 86400000000
{%- endmacro %}

{# The moment the day begins, in the reporting zone, with which a source's history starts (`sources`
   is raw.sources). #}
{% macro history_begins_at() -%}
    timezone('{{ var("reporting_zone") }}', timezone('UTC', sources.history_start))
{%- endmacro %}

{# Not before the day the source's history begins (`sources` is raw.sources). A vendor sends some
   older records too, those of the overlap and those that changed lately, without the others of
   their month; a file holds what it holds. #}
{% macro is_in_history(moment) -%}
    coalesce(sources.kind = 'file' or {{ moment }} >= {{ history_begins_at() }}, true)
{%- endmacro %}
