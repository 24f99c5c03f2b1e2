select
    'all' as scope,
    effects.action_id,
    effects.period,
    effects.method,
    effects.metric,
    effects.dimension,
    effects.member,
    coalesce(members.label, effects.member) as label,
    metrics.unit,
    metrics.better,
    effects.starts_on,
    effects.months_before,
    effects.months_after,
    effects.n_before,
    effects.n_after,
    effects.effect,
    effects.low,
    effects.high,
    effects.p,
    effects.p_adjusted,
    effects.verdict,
from {{ ref('int_action_effects') }} as effects
inner join {{ ref('metrics') }} as metrics on effects.metric = metrics.metric
left join {{ ref('int_members') }} as members
    on effects.dimension = members.dimension and effects.member = members.member
