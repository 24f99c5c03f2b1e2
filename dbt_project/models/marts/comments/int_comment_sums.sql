with comments as (

    select
        period,
        segment,
        count(*) as n,
        count(*) filter (where language != 'unknown') as n_language_known,
        count(*) filter (where sentiment = 'negative') as n_negative,
        count(*) filter (where sentiment = 'neutral') as n_neutral,
        count(*) filter (where sentiment = 'positive') as n_positive,
        -- Where words and score both take a side, on the same one?
        count(*) filter (
            where sentiment in ('negative', 'positive')
            and score_band in ('promoter', 'satisfied', 'detractor', 'dissatisfied')
        ) as n_agreement,
        count(*) filter (
            where (sentiment = 'negative' and score_band in ('detractor', 'dissatisfied'))
            or (sentiment = 'positive' and score_band in ('promoter', 'satisfied'))
        ) as n_agreeing,
        sum(redactions) as redactions,
    from {{ ref('fct_comments') }}
    group by period, segment

),

scopes as (

    select 'all' as scope
    union all
    select 'segment=' || segment as scope
    from {{ ref('segments') }}

)

select
    scopes.scope,
    periods.period,
    cast(coalesce(sum(comments.n), 0) as bigint) as n,
    cast(coalesce(sum(comments.n_language_known), 0) as bigint) as n_language_known,
    cast(coalesce(sum(comments.n_negative), 0) as bigint) as n_negative,
    cast(coalesce(sum(comments.n_neutral), 0) as bigint) as n_neutral,
    cast(coalesce(sum(comments.n_positive), 0) as bigint) as n_positive,
    cast(coalesce(sum(comments.n_agreement), 0) as bigint) as n_agreement,
    cast(coalesce(sum(comments.n_agreeing), 0) as bigint) as n_agreeing,
    cast(coalesce(sum(comments.redactions), 0) as bigint) as redactions,
from scopes
cross join {{ ref('int_periods') }} as periods
left join comments
    on
        periods.period = comments.period
        and scopes.scope in ('all', 'segment=' || comments.segment)
group by scopes.scope, periods.period
