{# Business time is counted once per schedule (int_business_time: each day cut where the schedule
   opens or closes, each part with the open time before it) and looked up per moment, by schedule
   and day. #}

{# The part of its day that a moment lies in; nothing without a moment or a known schedule. #}
{% macro is_in_part(moment, schedule, part) -%}
    {{ schedule }} = {{ part }}.schedule
    and epoch_us({{ moment }}) // 86400000000 = {{ part }}.utc_day
    and epoch_us({{ moment }}) >= {{ part }}.begins_us
    and epoch_us({{ moment }}) < {{ part }}.ends_us
{%- endmacro %}

{# Microseconds of open time up to a moment in that part. #}
{% macro open_us_up_to(moment, part) -%}
    {{ part }}.open_us_before
    + case when {{ part }}.is_open then epoch_us({{ moment }}) - {{ part }}.begins_us else 0 end
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
   there are too few. At least as wide as the exact (binomial) interval at every n from 6. Of cases of
   which customers have several, `squares` is n and what their likeness adds (squares_of_customers):
   the interval of the share below the median, read off the values (Woodruff, Journal of the American
   Statistical Association 47, 1952, pages 635-646). #}
{% macro median_rank(n, squares=none) -%}
    greatest(0, floor(({{ n }} + 1) / 2.0 - 1.959964 * sqrt({{ squares or n }}) / 2.0))::bigint
{%- endmacro %}
