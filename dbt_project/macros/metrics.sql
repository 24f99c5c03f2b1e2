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

{# The weight of a row of answers to be summed. A decimal, because sums of doubles differ in their last
   bits with the order the threads happen to add in; of 38 digits, because DuckDB keeps products of
   shorter ones within 18, where three times a squared score has no room. #}
{% macro exact_weight() -%}
    cast(weight as decimal(38, 10))
{%- endmacro %}

{# What a row of fct_feedback adds to the sum that its metric's score is the mean of: the Net Promoter
   Score counts promoters less detractors, the other scores add up. Null where the metric has none. #}
{% macro value_of_answer() -%}
    cast(
        case
            when metric in ('csat', 'ces') then score
            when metric != 'nps' then null
            when is_promoter then 1
            when is_detractor then -1
            else 0
        end as decimal(8, 3)
    )
{%- endmacro %}
