{# Business time is counted once per schedule (int_business_time: its opening hours in a row, each
   with the open time before it) and looked up per moment: the open time up to a moment is what lay
   before the last opening, and the part of those hours that had passed. #}

{# Per case, microseconds of open time up to a moment: a lookup in the last row of
   int_business_time that begins before it. Cases without that moment or without a known schedule
   are left out (DuckDB's asof join matches nulls by itself, and `least` skips them). #}
{% macro open_time_up_to(moment, cases) -%}
    select
        {{ cases }}.case_key,
        hours.open_us_before
        + epoch_us(least({{ cases }}.{{ moment }}, hours.closes_at))
        - epoch_us(hours.opens_at) as open_us,
    from {{ cases }}
    asof join {{ ref('int_business_time') }} as hours
        on {{ cases }}.schedule = hours.schedule and {{ cases }}.{{ moment }} >= hours.opens_at
    where {{ cases }}.{{ moment }} is not null
{%- endmacro %}

{# Minutes since midnight of a clock time, '24:00' included. #}
{% macro minutes_of_day(clock_time) -%}
    split_part({{ clock_time }}::varchar, ':', 1)::integer * 60
    + split_part({{ clock_time }}::varchar, ':', 2)::integer
{%- endmacro %}

{# Minutes from microseconds, to four decimals (a second is 0.0167). #}
{% macro minutes_from_us(microseconds) -%}
    round(({{ microseconds }}) / 60000000.0, 4)
{%- endmacro %}

{# Minute boundaries crossed between two moments: how resolution is counted in calendar time. #}
{% macro calendar_minutes(from_moment, to_moment) -%}
    epoch_us({{ to_moment }}) // 60000000 - epoch_us({{ from_moment }}) // 60000000
{%- endmacro %}

{# The rank, from either end, of the values that bound the median with 95 % confidence; 0 where
   there are too few. At least as wide as the exact (binomial) interval at every n from 6. #}
{% macro median_rank(n) -%}
    greatest(0, floor(({{ n }} + 1) / 2.0 - 1.959964 * sqrt({{ n }}) / 2.0))::bigint
{%- endmacro %}
