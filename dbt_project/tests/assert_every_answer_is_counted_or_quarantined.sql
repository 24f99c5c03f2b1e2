-- No answer is lost or counted twice on its way from its source: each is one row of feedback, one
-- comment, one row of quarantine, or blank.
with sent as (

    {{ rows_sent('feedback') }}

),

kept as (

    select source
    from {{ ref('feedback') }}
    union all
    select source
    from {{ ref('int_feedback_judged') }}
    where
        reason is null
        and metric = 'comment'
        and {{ feedback_id() }} in (select comments.comment_id from {{ ref('comments') }} as comments)
    union all
    select source
    from {{ ref('int_feedback_judged') }}
    where reason = 'blank'
    union all
    select quarantine.source
    from {{ ref('quarantine') }} as quarantine
    where quarantine.question_id is not null

),

found as (

    select
        source,
        count(*) as n,
    from kept
    group by source

)

select
    source,
    sent.n as sent,
    found.n as found,
from sent
full join found using (source)
where sent.n is distinct from found.n
