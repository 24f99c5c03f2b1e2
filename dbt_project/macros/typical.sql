{# The band of usual counts around a median: four robust standard deviations to either side. The
   spread is never taken for smaller than chance alone makes it (the root of a count). #}
{% macro typical_spread(median, mad) -%}
    4 * greatest(1.4826 * {{ mad }}, sqrt({{ median }}), 1)
{%- endmacro %}

{# Where counts swing so widely that the band reaches nothing, a fifth of the least ever seen in
   the history still tells silence from a quiet spell. #}
{% macro typical_low(median, mad, least) -%}
    greatest(0, floor({{ median }} - {{ typical_spread(median, mad) }}), floor({{ least }} / 5))
{%- endmacro %}

{% macro typical_high(median, mad) -%}
    ceil({{ median }} + {{ typical_spread(median, mad) }})
{%- endmacro %}
