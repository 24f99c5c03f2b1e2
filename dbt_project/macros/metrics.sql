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

{# A sum of doubles that does not depend on the order the threads happen to add in. #}
{% macro exact_sum(value) -%}
    sum(cast({{ value }} as decimal(38, 10)))
{%- endmacro %}

{# Of a metric that is a share, the answers at the top are what its score is the mean of. #}
{% macro is_share(metric) -%}
    {{ metric }} in ('csat', 'ces_top2')
{%- endmacro %}

{# The sums of int_answer_pairs, of what the metric's score is the mean of. #}
{% macro sums_of_pairs() -%}
    cast(sum(pair_w) as double) as pair_w,
    cast(sum(case when {{ is_share('metric') }} then pair_top else pair_x end) as double) as pair_x,
    cast(sum(case when {{ is_share('metric') }} then pair_tops else pair_xx end) as double) as pair_xx
{%- endmacro %}

{# What two answers of one customer in a cell have in common, from 0 to 1: their intraclass correlation,
   of the sums of int_feedback_sums and int_answer_pairs. 1 where all answers of the cell are alike,
   since nothing tells then. #}
{% macro likeness_of_answers() -%}
    {{ likeness(
        '(case when ' ~ is_share('metric') ~ ' then successes else sum_x end / sum_w)',
        '(case when ' ~ is_share('metric') ~ ' then successes else sum_xx end / sum_w)',
    ) }}
{%- endmacro %}

{# The same of cases, of the sums of pairs_of_cases; `otherwise` where all are alike. #}
{% macro likeness_of_cases(otherwise='1') -%}
    {{ likeness('(successes / n)', '(successes / n)', otherwise) }}
{%- endmacro %}

{# The pairs among the cases of each customer, of rows that give their number and how many of them are
   successes: how many pairs, and in these the sums and the products of successes. #}
{% macro pairs_of_cases(rows) -%}
    {%- set (n, good) = (rows ~ '.n', rows ~ '.successes') -%}
    cast(sum({{ n }} * ({{ n }} - 1)) / 2 as double) as pair_w,
    cast(sum({{ good }} * ({{ n }} - 1)) as double) as pair_x,
    cast(sum({{ good }} * ({{ good }} - 1)) / 2 as double) as pair_xx
{%- endmacro %}

{# The likeness of values with this mean and this mean square. #}
{% macro likeness(mean, square, otherwise='1') -%}
    case
        when {{ square }} - {{ mean }} * {{ mean }} < 1e-9 then {{ otherwise }}
        else greatest(0, least(1,
            (pair_xx - {{ mean }} * pair_x + {{ mean }} * {{ mean }} * pair_w)
            / pair_w / ({{ square }} - {{ mean }} * {{ mean }})
        ))
    end
{%- endmacro %}

{# The squares of the weights, summed so that (sum w)^2 / sum w^2, the effective n, is what answers are
   worth of which customers gave several: b answers of likeness r count as b / (1 + (b - 1) r) (Kish,
   Survey Sampling, Wiley 1965). Never less than the squares of the weights alone. #}
{% macro squares_of_customers(likeness, squares='sum_ww') -%}
    {{ squares }} + coalesce(2 * pair_w * {{ likeness }}, 0)
{%- endmacro %}
