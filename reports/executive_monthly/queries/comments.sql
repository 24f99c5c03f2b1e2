-- One row: the comments of the month, their tone and how it agrees with the score.
select
    n,
    n_language_known,
    n_sentiment_known,
    negative,
    negative_low,
    negative_high,
    neutral,
    positive,
    n_agreement,
    agreement,
    agreement_low,
    agreement_high,
    redactions,
from rpt_comments
where period = getvariable('period')
order by n
