{{ config(
    materialized='incremental',
    pre_hook="{{ forget_loop_contacts() }}",
    post_hook="{{ note_loop_contacts() }}",
) }}

-- When somebody of the company spoke to a customer about something newly raised: the first public
-- comment of an agent on a case, or a meeting at the touchpoint `follow_up` (a logged call, say).
with cases as (

    select
        facts.source,
        facts.case_hash as contact,
        facts.customer_hash as who,
        facts.created_at as raised_at,
        facts.first_reply_at as contacted_at,
    from {{ ref('fct_cases') }} as facts
    {{ only_touched('facts', 'case_facts', ['case_hash']) }}
    where facts.customer_hash is not null and facts.first_reply_at is not null

),

follow_ups as (

    select
        facts.source,
        facts.interaction_hash as contact,
        facts.customer_hash as who,
        facts.occurred_at as raised_at,
        facts.occurred_at as contacted_at,
    from {{ ref('interactions') }} as facts
    {{ only_touched('facts', 'interactions', keys_of('interactions')) }}
    where facts.touchpoint = 'follow_up' and facts.customer_hash is not null

),

contacts as (

    select
        *,
        false as is_follow_up,
    from cases
    union all by name
    select
        *,
        true as is_follow_up,
    from follow_ups

)

select
    source,
    is_follow_up,
    contact,
    who,
    raised_at,
    contacted_at,
from contacts
