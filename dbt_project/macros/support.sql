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
