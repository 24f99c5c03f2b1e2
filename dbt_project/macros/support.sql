{# How long after a resolution (or a bot's first word) a customer who comes back was not helped: seven
   days, in hours, so that the change of the clocks and the session's zone move nothing. #}
{% macro with_return_window(moment) -%}
    {{ moment }} + to_hours(168)
{%- endmacro %}

{% macro is_resolved_status(status) -%}
    {{ status }} in ('solved', 'closed')
{%- endmacro %}

{# The ranks of the values that bound a quantile with 95 % confidence: the binomial quantiles by
   their normal formula, corrected for skewness (Cornish and Fisher, Revue de l'Institut
   International de Statistique 5(4), 1938, https://doi.org/10.2307/1400905). Each side leaves out
   2.5 % at most wherever both ranks are among the n: for 0.9, from 37 values on (a test compares
   with the exact distribution). #}
{% macro quantile_rank_low(n, quantile) -%}
    floor(
        {{ n }} * {{ quantile }} + 0.5 + {{ _skewness(quantile) }}
        - 1.959964 * sqrt({{ n }} * {{ quantile }} * (1 - {{ quantile }}))
    )::bigint
{%- endmacro %}

{% macro quantile_rank_high(n, quantile) -%}
    ceil(
        {{ n }} * {{ quantile }} + 0.5 + {{ _skewness(quantile) }}
        + 1.959964 * sqrt({{ n }} * {{ quantile }} * (1 - {{ quantile }}))
    )::bigint
{%- endmacro %}

{% macro _skewness(quantile) -%}
    (1 - 2 * {{ quantile }}) * (1.959964 * 1.959964 - 1) / 6
{%- endmacro %}

{# Cases counted and their times put in order, per scope, month, metric, dimension and member: a
   query over rows of int_support_measures. Cases that do not know their channel or segment are in no
   cell of that dimension. #}
{% macro cells_of_measures(measures) -%}
(
    with scoped as (

        select
            'all' as scope,
            *,
        from {{ measures }}

        union all by name

        select
            'segment=' || segment as scope,
            *,
        from {{ measures }}
        where segment is not null

    )

    select
        scope,
        period,
        metric,
        case grouping(channel, segment) when 3 then 'all' when 1 then 'channel' else 'segment' end
            as dimension,
        case grouping(channel, segment) when 3 then 'all' when 1 then channel else segment end
            as member,
        count(*) as n,
        count(*) filter (where is_success) as successes,
        list_sort(list(minutes) filter (where minutes is not null)) as sorted_minutes,
    from scoped
    group by grouping sets (
        (scope, period, metric),
        (scope, period, metric, channel),
        (scope, period, metric, segment)
    )
    having member is not null
)
{%- endmacro %}

{# What a case's later story decides, in whichever month that was: no month of theirs is touched by
   a case alone, so they are counted anew each time. None is a time. #}
{% macro measures_of_outcomes() -%}
    ('first_contact_resolution', 'bot_resolution_rate', 'bot_handover_rate', 'case_backlog')
{%- endmacro %}
