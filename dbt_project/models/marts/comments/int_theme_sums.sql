-- Answers with words, by theme: x is 1 for a good answer, -1 for a bad one, 0 between. Decimals, so
-- that sums do not depend on the order of the rows.
{% set span = var('theme_months') %}
with answers as (

    select
        comment_id,
        period,
        segment,
        metric,
        themes,
        {{ exact_weight() }} as w,
        cast(
            case
                when score_band in ('promoter', 'satisfied') then 1
                when score_band in ('detractor', 'dissatisfied') then -1
                else 0
            end as decimal(8, 3)
        ) as x,
        case when sentiment != 'unknown' then 1 else 0 end as is_felt,
        case when sentiment = 'negative' then 1 else 0 end as is_negative,
    from {{ ref('fct_comments') }}
    where metric in ('nps', 'csat')

),

listed as (

    select
        comment_id,
        unnest(themes) as theme,
    from answers

),

months as (

    select
        answers.period,
        answers.segment,
        answers.metric,
        listed.theme,
        count(*) as n,
        sum(answers.w * answers.x) as sum_x,
        sum(answers.w * answers.x * answers.x) as sum_xx,
        sum(answers.w) as sum_w,
        sum(answers.w * answers.w) as sum_ww,
        sum(answers.is_felt) as n_felt,
        sum(answers.is_negative) as n_negative,
    from answers
    inner join listed on answers.comment_id = listed.comment_id
    group by answers.period, answers.segment, answers.metric, listed.theme
    union all by name
    -- All answers with words, whatever they are about.
    select
        period,
        segment,
        metric,
        cast(null as varchar) as theme,
        count(*) as n,
        sum(w * x) as sum_x,
        sum(w * x * x) as sum_xx,
        sum(w) as sum_w,
        sum(w * w) as sum_ww,
        sum(is_felt) as n_felt,
        sum(is_negative) as n_negative,
    from answers
    group by period, segment, metric

),

-- A theme found in the texts belongs to the month it was found in; it is compared with the year
-- before.
found as (

    select
        emerging.period as report_period,
        answers.segment,
        answers.metric,
        emerging.theme,
        emerging.is_before,
        answers.x,
        answers.w,
        answers.is_felt,
        answers.is_negative,
    from {{ ref('int_emerging_themes') }} as emerging
    inner join answers on emerging.comment_id = answers.comment_id

),

spans as (

    select
        periods.period as report_period,
        lengths.months,
        lengths.is_emerging,
        lengths.is_before,
        {{ period_shift('periods.period', '-lengths.first') }} as first_period,
        {{ period_shift('periods.period', '-lengths.last') }} as last_period,
    from {{ ref('int_periods') }} as periods
    cross join (
        values
        ({{ span }}, false, false, {{ span - 1 }}, 0),
        ({{ span }}, false, true, {{ 2 * span - 1 }}, {{ span }}),
        (1, true, false, 0, 0),
        (1, true, true, 12, 1)
    ) as lengths (months, is_emerging, is_before, first, last)

),

-- The totals of both kinds of span, and the listed themes in theirs.
counted as (

    select
        spans.report_period as period,
        spans.months,
        spans.is_emerging,
        spans.is_before,
        months.segment,
        months.metric,
        months.theme,
        sum(months.n) as n,
        sum(months.sum_x) as sum_x,
        sum(months.sum_xx) as sum_xx,
        sum(months.sum_w) as sum_w,
        sum(months.sum_ww) as sum_ww,
        sum(months.n_felt) as n_felt,
        sum(months.n_negative) as n_negative,
    from spans
    inner join months
        on
            months.period between spans.first_period and spans.last_period
            and (months.theme is null or not spans.is_emerging)
    group by
        spans.report_period, spans.months, spans.is_emerging, spans.is_before, months.segment,
        months.metric, months.theme
    union all by name
    select
        report_period as period,
        1 as months,
        true as is_emerging,
        is_before,
        segment,
        metric,
        theme,
        count(*) as n,
        sum(w * x) as sum_x,
        sum(w * x * x) as sum_xx,
        sum(w) as sum_w,
        sum(w * w) as sum_ww,
        sum(is_felt) as n_felt,
        sum(is_negative) as n_negative,
    from found
    group by report_period, is_before, segment, metric, theme

)

select
    scopes.scope,
    counted.period,
    counted.metric,
    counted.months,
    counted.is_emerging,
    counted.is_before,
    counted.theme,
    cast(sum(counted.n) as bigint) as n,
    cast(sum(counted.sum_x) as double) as sum_x,
    cast(sum(counted.sum_xx) as double) as sum_xx,
    cast(sum(counted.sum_w) as double) as sum_w,
    cast(sum(counted.sum_ww) as double) as sum_ww,
    cast(sum(counted.n_felt) as bigint) as n_felt,
    cast(sum(counted.n_negative) as bigint) as n_negative,
from counted
cross join lateral (
    select unnest(
        case
            when counted.segment is null then ['all']
            else ['all', 'segment=' || counted.segment]
        end
    ) as scope
) as scopes
group by
    scopes.scope, counted.period, counted.metric, counted.months, counted.is_emerging,
    counted.is_before, counted.theme
