-- Answers with words, by theme.
with listed as (

    select
        comment_id,
        unnest(themes) as theme,
    from {{ ref('int_theme_answers') }}

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
    from {{ ref('int_theme_answers') }} as answers
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
    from {{ ref('int_theme_answers') }}
    group by period, segment, metric

),

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
    inner join {{ ref('int_theme_answers') }} as answers
        on emerging.comment_id = answers.comment_id

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
    from {{ ref('int_theme_spans') }} as spans
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

),

scoped as (

    select
        *,
        unnest(
            case when segment is null then ['all'] else ['all', 'segment=' || segment] end
        ) as scope,
    from counted

)

select
    scope,
    period,
    metric,
    months,
    is_emerging,
    is_before,
    theme,
    cast(sum(n) as bigint) as n,
    cast(sum(sum_x) as double) as sum_x,
    cast(sum(sum_xx) as double) as sum_xx,
    cast(sum(sum_w) as double) as sum_w,
    cast(sum(sum_ww) as double) as sum_ww,
    cast(sum(n_felt) as bigint) as n_felt,
    cast(sum(n_negative) as bigint) as n_negative,
from scoped
group by scope, period, metric, months, is_emerging, is_before, theme
