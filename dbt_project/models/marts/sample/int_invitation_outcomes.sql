-- Where the source does not say that somebody answered, an answer by the same customer to the same
-- survey within 90 days of the invitation does.
with invitations as (

    select
        *,
        {{ invitation_outcome('outcome') }} as said,
    from {{ ref('invitations') }}

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

answered as (

    select distinct invitations.invitation_id
    from invitations
    inner join answers
        on
            invitations.source = answers.source
            and invitations.survey_id = answers.survey_id
            and invitations.customer_key = answers.customer_key
            and invitations.sent_at <= answers.responded_at
            and invitations.sent_at > answers.responded_at - interval 90 day

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
left join {{ source('raw', 'sources') }} as sources on invitations.source = sources.source
where {{ is_in_history('invitations.sent_at') }}
