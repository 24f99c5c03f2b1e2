select
    movement.scope,
    movement.period,
    movement.metric,
    movement.dimension,
    movement.member,
    coalesce(members.label, case movement.member when 'unknown' then 'Unknown' end, movement.member)
        as label,
    -- Those who do not know their member come last.
    cast(coalesce(members.position, 1000000) as integer) as position,
    movement.share_before,
    movement.share_now,
    movement.value_before,
    movement.value_now,
    movement.mix_effect,
    movement.within_effect,
    movement.total_effect,
    movement.change,
    movement.n_before,
    movement.n_now,
    -- Of the member's own score, as tested everywhere else.
    tests.p_adjusted,
    movement.suppressed,
from {{ ref('int_movement') }} as movement
left join {{ ref('int_metric_statistics') }} as tests
    on
        movement.scope = tests.scope
        and movement.period = tests.period
        and movement.metric = tests.metric
        and movement.dimension = tests.dimension
        and movement.member = tests.member
left join {{ ref('int_members') }} as members
    on movement.dimension = members.dimension and movement.member = members.member
