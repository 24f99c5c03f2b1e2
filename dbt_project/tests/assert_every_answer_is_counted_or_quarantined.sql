-- No answer is lost or counted twice on its way from staging: each is one row of feedback, one
-- comment, or one row of quarantine.
with sent as (

    select
        source,
        count(*) as answers,
    from ({{ everything_fed_to('feedback') }})
    where value is not null
    group by source

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
    select quarantine.source
    from {{ ref('quarantine') }} as quarantine
    where quarantine.question_id is not null

),

found as (

    select
        source,
        count(*) as answers,
    from kept
    group by source

)

select
    source,
    sent.answers as sent,
    found.answers as found,
from sent
full join found using (source)
where sent.answers is distinct from found.answers
