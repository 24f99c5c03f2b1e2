select
    consistency.scope,
    consistency.period,
    consistency.months,
    consistency.metric,
    consistency.journey_stage,
    stages.label,
    stages.position,
    consistency.channel_a,
    consistency.channel_b,
    channels_a.label as channel_a_label,
    channels_b.label as channel_b_label,
    consistency.n_a,
    consistency.n_b,
    consistency.difference,
    consistency.low90,
    consistency.high90,
    consistency.margin,
    consistency.p_equivalent,
    consistency.p_equivalent_adjusted,
    consistency.p_different_adjusted,
    consistency.verdict,
    consistency.suppressed,
from {{ ref('int_consistency') }} as consistency
inner join {{ ref('journey_stages') }} as stages
    on consistency.journey_stage = stages.journey_stage
left join {{ ref('channels') }} as channels_a on consistency.channel_a = channels_a.channel
left join {{ ref('channels') }} as channels_b on consistency.channel_b = channels_b.channel
