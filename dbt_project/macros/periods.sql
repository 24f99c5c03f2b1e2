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

{# The quarter of an hour of a moment, counted from the year 1. The days of all zones begin with one:
   many records are counted by it first and by day or month then, because to find the local day of
   every single record costs more than to count them. #}
{% macro quarter_of(moment) -%}
    (epoch_us({{ moment }}) + 62135596800000000) // 900000000
{%- endmacro %}

{% macro quarter_start(quarter) -%}
    make_timestamptz({{ quarter }} * 900000000 - 62135596800000000)
{%- endmacro %}

{# Not a clock gone wrong: after 1999 and not later than the day after it was read. #}
{% macro is_plausible_time(moment, extracted_at) -%}
    {{ moment }} >= timestamptz '2000-01-01 00:00:00+00'
    and {{ moment }} <= {{ extracted_at }} + interval 1 day
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
