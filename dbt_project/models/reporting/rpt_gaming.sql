select
    period,
    source,
    signal,
    n,
    n_answers,
    compared,
    n_compared,
    detail,
    p,
    p_adjusted,
    is_flagged,
from {{ ref('int_gaming_statistics') }}
