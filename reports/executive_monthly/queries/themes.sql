-- One row per theme of the comments, the costliest first.
select
    metric,
    months,
    theme,
    label,
    position,
    is_emerging,
    n,
    share,
    share_low,
    share_high,
    score_with,
    score_without,
    cost,
    cost_low,
    cost_high,
    p_adjusted,
    is_significant,
    previous_share,
    share_change,
    share_p_adjusted,
    emerging_p_adjusted,
    sentiment_negative,
    suppressed,
from rpt_themes
where period = getvariable('period')
order by position, theme
