{{ config(
    materialized='incremental',
    pre_hook="{{ forget_judged('interactions') }}",
    post_hook=[
        "{{ settle_copies(
            'interactions', 'changed_at desc, extracted_at desc, record_id desc, stream asc'
        ) }}",
        "{{ note_months_of_interactions() }}",
    ],
) }}

with sent as not materialized (

    {{ fed_since('interactions') }}
    union all by name
    select cases.* exclude (case_id)
    from {{ ref('int_interactions_of_cases') }} as cases
    {{ only_touched('cases', 'cases', keys_of('cases')) }}

),

resolved as (

    select
        sent.* exclude (interaction_id, journey_stage),
        hash(sent.source, sent.interaction_id) as interaction_hash,
        concat_ws('|', sent.source, sent.interaction_id) as interaction_id,
        coalesce(sent.journey_stage, touchpoints.journey_stage) as journey_stage,
    from sent
    left join {{ ref('touchpoints') }} as touchpoints
        on sent.touchpoint = touchpoints.touchpoint

),

judged as (

    select
        *,
        hash(source, stream, record_id) as record_hash,
        {{ hash_or_null('customer_key') }} as customer_hash,
        case
            when occurred_at is null then 'no_time'
            when not ({{ is_plausible_time('occurred_at', 'extracted_at') }})
                then 'implausible_time'
            when {{ is_unknown('touchpoint', 'touchpoints') }} then 'unknown_touchpoint'
            when {{ is_unknown('journey_stage', 'journey_stages') }} then 'unknown_stage'
            when {{ is_unknown('channel', 'channels') }} then 'unknown_channel'
        end as fault,
    from resolved

)

select
    *,
    false as is_superseded,
    fault as reason,
from judged
