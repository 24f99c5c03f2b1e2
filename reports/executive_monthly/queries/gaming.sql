-- One row per source and signal that answers or invitations were steered.
select
    source,
    signal,
    n,
    n_answers,
    compared,
    n_compared,
    detail,
    p_adjusted,
    is_flagged,
from rpt_gaming
where period = getvariable('period')
order by is_flagged desc, source asc, signal asc
