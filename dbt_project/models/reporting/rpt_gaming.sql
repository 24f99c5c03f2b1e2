select
    period,
    source,
    signal,
    n,
    n_answers,
    detail,
    p,
    p_adjusted,
    is_flagged,
from {{ ref('int_gaming_statistics') }}
