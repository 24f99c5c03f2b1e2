with sent as (

    {{ everything_fed_to('interactions') }}
    union all by name
    select * from {{ ref('int_interactions_of_cases') }}

),

resolved as (

    select
        sent.* exclude (interaction_id, journey_stage),
        concat_ws('|', sent.source, sent.interaction_id) as interaction_id,
        coalesce(sent.journey_stage, touchpoints.journey_stage) as journey_stage,
        row_number() over (
            partition by sent.source, sent.interaction_id
            order by
                sent.changed_at desc, sent.extracted_at desc, sent.record_id desc, sent.stream asc
        ) as copy,
    from sent
    left join {{ ref('touchpoints') }} as touchpoints
        on sent.touchpoint = touchpoints.touchpoint

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
