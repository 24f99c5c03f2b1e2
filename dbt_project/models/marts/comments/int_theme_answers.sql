{{ config(materialized='view') }}

-- Answers with words: x is 1 for a good answer, -1 for a bad one, 0 between. Decimals, so that sums
-- do not depend on the order of the rows.
select
    comment_id,
    respondent_hash,
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
