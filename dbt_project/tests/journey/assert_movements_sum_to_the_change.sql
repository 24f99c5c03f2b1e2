-- Where all members are printed, their effects sum to the printed change of the whole.
select
    movement.scope,
    movement.period,
    movement.metric,
    movement.dimension,
from {{ ref('rpt_movement') }} as movement
inner join {{ ref('rpt_metrics') }} as metrics
    on
        movement.scope = metrics.scope
        and movement.period = metrics.period
        and movement.metric = metrics.metric
        and metrics.dimension = 'all'
group by movement.scope, movement.period, movement.metric, movement.dimension
having
    not bool_or(movement.suppressed)
    and (
        (max(metrics.change) is null) != (sum(movement.total_effect) is null)
        or abs(sum(movement.total_effect) - max(metrics.change)) > 0.0501
        or abs(sum(movement.mix_effect + movement.within_effect - movement.total_effect)) > 1e-6
    )
