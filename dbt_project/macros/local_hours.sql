{# Local days by look-up: to ask the calendar for each of many moments takes longer than all the rest
   that is done with them. #}

{# The local day of each hour from a moment until another (queries), where the whole hour has one:
   not in the hour of a local midnight that is none of UTC, nor of a change of the clocks. #}
{% macro local_hours(since, until) -%}
    select
        hour,
        cast(begins as date) as day,
        cast(year(begins) * 12 + month(begins) as smallint) as place,
        strftime(begins, '%Y-%m') as period,
    from (
        select
            hour,
            timezone('{{ var("reporting_zone") }}', make_timestamptz(hour * 3600000000)) as begins,
            timezone('{{ var("reporting_zone") }}', make_timestamptz(hour * 3600000000 + 3599999999))
                as ends,
        from (
            select
                unnest(generate_series(
                    epoch_us(({{ since }})) // 3600000000, epoch_us(({{ until }})) // 3600000000
                )) as hour,
        )
    )
    where
        cast(begins as date) = cast(ends as date)
        and epoch_us(ends) - epoch_us(begins) = 3599999999
{%- endmacro %}

{% macro hour_of(moment) -%}
    epoch_us({{ moment }}) // 3600000000
{%- endmacro %}

{# With `hours` (local_hours) left joined on hour_of(moment): the local day, and the month counted
   from year 0 or as it is written. #}
{% macro local_day(moment, hours='hours') -%}
    coalesce({{ hours }}.day, cast(timezone('{{ var("reporting_zone") }}', {{ moment }}) as date))
{%- endmacro %}

{# The calendar is named but once: what an expression names twice is reckoned of all rows. #}
{% macro local_place(moment, hours='hours') -%}
    coalesce(
        {{ hours }}.place,
        date_diff('month', date '0001-01-01', timezone('{{ var("reporting_zone") }}', {{ moment }})) + 13
    )
{%- endmacro %}

{% macro local_period(moment, hours='hours') -%}
    coalesce({{ hours }}.period, {{ period_of(moment) }})
{%- endmacro %}
