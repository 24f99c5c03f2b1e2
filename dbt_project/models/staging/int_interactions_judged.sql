{{ config(
    materialized='incremental',
    pre_hook="{{ forget_judged('interactions') }}",
    post_hook="{{ note_months_of_interactions() }}",
) }}

with sent as not materialized (

    select fed.*
    from ({{ everything_fed_to('interactions') }}) as fed
    {{ only_touched('fed', 'interactions', keys_of('interactions')) }}
    union all by name
    -- A case's interaction is named after it: to name all cases only to find the few that were
    -- touched takes long.
    select cases.* exclude (case_id)
    from {{ ref('int_interactions_of_cases') }} as cases
    {{ only_touched('cases', 'cases_met', ['source', 'case_id']) }}

),

copies as (

    select *
    from
        {{ with_copies(
            'sent', ['source', 'interaction_id'],
            'changed_at desc, extracted_at desc, record_id desc, stream asc'
        ) }}

),

resolved as (

    select
        copies.* exclude (interaction_id, journey_stage, copy),
        concat_ws('|', copies.source, copies.interaction_id) as interaction_id,
        coalesce(copies.journey_stage, touchpoints.journey_stage) as journey_stage,
        copies.copy,
    from copies
    left join {{ ref('touchpoints') }} as touchpoints
        on copies.touchpoint = touchpoints.touchpoint

)

select
    *,
    case
        when copy > 1 then 'superseded'
        when occurred_at is null then 'no_time'
        when not ({{ is_plausible_time('occurred_at', 'extracted_at') }}) then 'implausible_time'
        when {{ is_unknown('touchpoint', 'touchpoints') }} then 'unknown_touchpoint'
        when {{ is_unknown('journey_stage', 'journey_stages') }} then 'unknown_stage'
        when {{ is_unknown('channel', 'channels') }} then 'unknown_channel'
    end as reason,
from resolved
