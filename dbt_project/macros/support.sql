{# How long after a resolution (or a bot's first word) a customer who comes back was not helped: seven
   days, in microseconds, so that the change of the clocks and the session's zone move nothing (and
   because the calendar takes many times as long to add them). #}
{% macro with_return_window(moment) -%}
    make_timestamptz(epoch_us({{ moment }}) + 7 * 86400000000)
{%- endmacro %}

{# The contract's own words; `deleted` is what a deleted case is in, which no figure counts. #}
{% macro is_known_status(status) -%}
    {{ status }} in ('new', 'open', 'pending', 'hold', 'solved', 'closed', 'deleted')
{%- endmacro %}

{% macro is_resolved_status(status) -%}
    {{ status }} in ('solved', 'closed')
{%- endmacro %}

{# Of int_case_milestones: never resolved, or not open again after the first time. What happened at one
   moment is left to those whose statuses are put in order. #}
{% macro is_simple_story() -%}
    first_ended_at is null
    or (
        first_ended_at > created_at
        and coalesce(last_unresolved_at < first_ended_at, true)
    )
{%- endmacro %}

{# The ranks of the values that bound a quantile with 95 % confidence: the binomial quantiles by
   their normal formula, corrected for skewness (Cornish and Fisher, Revue de l'Institut
   International de Statistique 5(4), 1938, https://doi.org/10.2307/1400905). Each side leaves out
   2.5 % at most wherever both ranks are among the n: for 0.9, from 37 values on (a test compares
   with the exact distribution). `squares` as for the median (median_rank). #}
{% macro quantile_rank_low(n, quantile, squares=none) -%}
    floor(
        {{ _middle_rank(n, quantile, squares or n) }}
        - 1.959964 * sqrt({{ squares or n }} * {{ quantile }} * (1 - {{ quantile }}))
    )::bigint
{%- endmacro %}

{% macro quantile_rank_high(n, quantile, squares=none) -%}
    ceil(
        {{ _middle_rank(n, quantile, squares or n) }}
        + 1.959964 * sqrt({{ squares or n }} * {{ quantile }} * (1 - {{ quantile }}))
    )::bigint
{%- endmacro %}

{% macro _middle_rank(n, quantile, squares) -%}
    {{ n }} * {{ quantile }} + 0.5
        + (1 - 2 * {{ quantile }}) * (1.959964 * 1.959964 - 1) / 6 * {{ squares }} / {{ n }}
{%- endmacro %}

{# Where a row of summed cases is shown (int_support_months): a segment among all is also the whole,
   and the one member, of its own scope. #}
{% macro places_of_cell() -%}
    case
        when is_of_channel and is_of_segment
            then [{scope: 'segment=' || segment, dimension: 'channel', member: channel}]
        when is_of_channel then [{scope: 'all', dimension: 'channel', member: channel}]
        when is_of_segment
            then [
                {scope: 'all', dimension: 'segment', member: segment},
                {scope: 'segment=' || segment, dimension: 'all', member: 'all'},
                {scope: 'segment=' || segment, dimension: 'segment', member: segment}
            ]
        else [{scope: 'all', dimension: 'all', member: 'all'}]
    end
{%- endmacro %}
