-- Where the source does not say that somebody answered, an answer by the same customer to the same
-- survey within 90 days of the invitation does. It answers one invitation: the last before it.
with surveys as (

    select distinct
        source,
        survey_id,
    from {{ ref('int_feedback_sums') }}
    where survey_id is not null

),

-- A tool that sends invitations and holds no answers leaves its log as a file. What it asks for is
-- the survey of the one source that has it.
held_once as (

    select
        survey_id,
        min(source) as source,
    from surveys
    group by survey_id
    having count(*) = 1

),

invitations as (

    select
        sent.* exclude (source),
        case
            when
                sources.kind = 'file'
                and sent.source not in (select surveys.source from surveys)
                then coalesce(held_once.source, sent.source)
            else sent.source
        end as source,
        {{ invitation_outcome('sent.outcome') }} as said,
    from {{ ref('invitations') }} as sent
    left join held_once on sent.survey_id = held_once.survey_id
    left join {{ source('raw', 'sources') }} as sources on sent.source = sources.source
    where {{ is_in_history('sent.sent_at') }}

),

-- Of customers who were asked: where nobody was, no answer is looked at.
answers as (

    select
        feedback.source,
        feedback.survey_id,
        feedback.customer_key,
        feedback.responded_at,
    from {{ ref('fct_feedback') }} as feedback
    semi join invitations
        on
            feedback.source = invitations.source
            and feedback.customer_key = invitations.customer_key

),

asked as (

    select
        source,
        survey_id,
        customer_key,
        sent_at,
        max(invitation_id) as invitation_id,
    from invitations
    group by source, survey_id, customer_key, sent_at

),

answered as (

    select distinct asked.invitation_id
    from answers
    asof inner join asked
        on
            answers.source = asked.source
            and answers.survey_id = asked.survey_id
            and answers.customer_key = asked.customer_key
            and answers.responded_at >= asked.sent_at
    where asked.sent_at > answers.responded_at - interval 90 day

)

select
    invitations.invitation_id,
    invitations.source,
    coalesce(invitations.survey_id, 'unknown') as survey_id,
    invitations.customer_key,
    customers.segment,
    {{ period_of('invitations.sent_at') }} as period,
    invitations.sent_at,
    case
        when
            invitations.said in ('unknown', 'no_contact', 'other')
            and answered.invitation_id is not null
            then 'complete'
        else invitations.said
    end as outcome,
from invitations
left join answered on invitations.invitation_id = answered.invitation_id
left join {{ ref('dim_customers') }} as customers
    on invitations.customer_key = customers.customer_key
