{{ config(materialized='view') }}

-- What a source sent, by the day it happened in the reporting zone; quarantined records count too.
with records as (

    select
        source,
        'feedback' as contract,
        survey_id as part,
        channel,
        response_id as record_id,
        occurred_at,
    from {{ ref('int_gate_responses') }}

    union all by name

    select
        source,
        'cases' as contract,
        cast(null as varchar) as part,
        channel,
        case_id as record_id,
        created_at as occurred_at,
    from {{ ref('cases') }}

    union all by name

    select
        source,
        'case_events' as contract,
        cast(null as varchar) as part,
        cast(null as varchar) as channel,
        case_event_id as record_id,
        occurred_at,
    from {{ ref('case_events') }}

    union all by name

    select
        source,
        'interactions' as contract,
        cast(null as varchar) as part,
        channel,
        interaction_id as record_id,
        occurred_at,
    from {{ ref('interactions') }}

    union all by name

    select
        source,
        'invitations' as contract,
        survey_id as part,
        channel,
        invitation_id as record_id,
        sent_at as occurred_at,
    from {{ ref('invitations') }}

)

select
    source,
    contract,
    part,
    channel,
    record_id,
    occurred_at,
    cast(timezone('{{ var("reporting_zone") }}', occurred_at) as date) as day,
from records
where occurred_at is not null
