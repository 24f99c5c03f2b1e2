-- What those who commented several times within a span have in common: sums over the pairs of a
-- customer's comments, each pair in both directions. Of a pair the weights `w` are multiplied, the
-- weighted scores `x`, and the same of the comments that name the theme, `t` and `u`; a row
-- without a theme takes all comments for those. (wellheard.comments.repeats)
with scoped as (

    select
        *,
        unnest(
            case when segment is null then ['all'] else ['all', 'segment=' || segment] end
        ) as scope,
    from {{ ref('int_theme_answers') }}
    where respondent_hash is not null

),

counted as (

    select
        answers.scope,
        spans.report_period as period,
        answers.metric,
        spans.is_emerging,
        spans.is_before,
        answers.respondent_hash,
        answers.comment_id,
        answers.themes,
        cast(answers.w as double) as w,
        cast(answers.w * answers.x as double) as x,
    from scoped as answers
    inner join {{ ref('int_theme_spans') }} as spans
        on answers.period between spans.first_period and spans.last_period
    qualify
        count(*) over (
            partition by
                answers.scope, spans.report_period, answers.metric, spans.is_emerging,
                spans.is_before, answers.respondent_hash
        ) > 1

),

named as (

    select
        * exclude (themes),
        unnest(themes) as theme,
    from counted
    where not is_emerging
    union all by name
    select
        counted.* exclude (themes),
        emerging.theme,
    from counted
    inner join {{ ref('int_emerging_themes') }} as emerging
        on
            counted.comment_id = emerging.comment_id
            and counted.period = emerging.period
            and counted.is_before = emerging.is_before
    where counted.is_emerging
    union all by name
    select
        * exclude (themes),
        cast(null as varchar) as theme,
    from counted

),

respondents as (

    select
        scope,
        period,
        metric,
        is_emerging,
        is_before,
        respondent_hash,
        theme,
        cast({{ exact_sum('w') }} as double) as t,
        cast({{ exact_sum('x') }} as double) as u,
        cast({{ exact_sum('w * w') }} as double) as own_tt,
        cast({{ exact_sum('w * x') }} as double) as own_tu,
        cast({{ exact_sum('x * x') }} as double) as own_uu,
    from named
    group by all

),

everything as (

    select
        scope,
        period,
        metric,
        is_emerging,
        is_before,
        respondent_hash,
        t as w,
        u as x,
    from respondents
    where theme is null

)

select
    scope,
    period,
    metric,
    is_emerging,
    is_before,
    theme,
    cast({{ exact_sum('w * t - own_tt') }} as double) as pair_wt,
    cast({{ exact_sum('w * u - own_tu') }} as double) as pair_wu,
    cast({{ exact_sum('x * t - own_tu') }} as double) as pair_xt,
    cast({{ exact_sum('x * u - own_uu') }} as double) as pair_xu,
    cast({{ exact_sum('t * t - own_tt') }} as double) as pair_tt,
    cast({{ exact_sum('t * u - own_tu') }} as double) as pair_tu,
    cast({{ exact_sum('u * u - own_uu') }} as double) as pair_uu,
from respondents
inner join everything using (scope, period, metric, is_emerging, is_before, respondent_hash)
group by all
