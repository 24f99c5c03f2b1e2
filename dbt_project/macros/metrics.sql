{# What counts, one definition each. All take a score that lies on its scale and runs upwards. #}

{% macro is_promoter(score) -%}
    {{ score }} >= 9
{%- endmacro %}

{% macro is_passive(score) -%}
    {{ score }} between 7 and 8
{%- endmacro %}

{% macro is_detractor(score) -%}
    {{ score }} <= 6
{%- endmacro %}

{# One of the scores the question declares as satisfied (its `top_from` and above). #}
{% macro is_top(score, top_from) -%}
    {{ score }} >= {{ top_from }}
{%- endmacro %}

{# Scores of a reversed scale are turned, so that higher is better everywhere. #}
{% macro turned(score, scale_min, scale_max, is_reversed) -%}
    case when {{ is_reversed }} then {{ scale_min }} + {{ scale_max }} - {{ score }} else {{ score }} end
{%- endmacro %}

{# On the declared scale; an NPS answer is a whole number as well. #}
{% macro is_on_scale(score, scale_min, scale_max, metric) -%}
    {{ score }} between {{ scale_min }} and {{ scale_max }}
    and ({{ metric }} != 'nps' or {{ score }} = floor({{ score }}))
{%- endmacro %}

{# Above zero, and of a size whose square still adds up exactly. #}
{% macro is_usable_weight(weight) -%}
    {{ weight }} between 0.000001 and 1000000
{%- endmacro %}
