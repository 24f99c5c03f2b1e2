with statistics as (

    select * from {{ ref('int_metric_statistics') }}

),

metrics as (

    select * from {{ ref('metrics') }}

),

members as (

    select * from {{ ref('int_members') }}

),

targets as (

    select * from {{ ref('targets') }}

)

select
    statistics.scope,
    statistics.period,
    statistics.metric,
    statistics.dimension,
    statistics.member,
    coalesce(members.label, statistics.member) as label,
    cast(coalesce(members.position, 0) as integer) as position,
    metrics.unit,
    metrics.better,
    statistics.n,
    statistics.effective_n,
    statistics.value,
    statistics.low,
    statistics.high,
    statistics.previous,
    statistics.previous_n,
    statistics.change,
    statistics.change_low,
    statistics.change_high,
    statistics.p,
    statistics.p_exact,
    statistics.p_adjusted,
    statistics.test_weight,
    cast(statistics.family_size as integer) as family_size,
    statistics.same_month_last_year,
    statistics.same_month_last_year_n,
    coalesce(own_targets.target, targets.target) as target,
    statistics.signal,
    statistics.signal_p,
    statistics.signal_p_adjusted,
    statistics.signal_weight,
    statistics.provisional_limits,
    statistics.limit_low,
    statistics.limit_high,
    statistics.centre,
    statistics.suppressed,
    case
        when statistics.suppressed then 'suppressed'
        when statistics.n = 0 then 'no_data'
        when statistics.value is null then 'too_few'
    end as missing,
from statistics
inner join metrics on statistics.metric = metrics.metric
left join members
    on statistics.dimension = members.dimension and statistics.member = members.member
left join targets
    on
        statistics.metric = targets.metric
        and statistics.dimension = targets.dimension
        and statistics.member = targets.member
        and cast(statistics.period || '-01' as date) >= targets.valid_from
        and cast(statistics.period || '-01' as date)
        <= coalesce(targets.valid_to, date '9999-12-31')
-- A segment's own edition and the segment's row of the company's are one figure with one target.
left join targets as own_targets
    on
        statistics.metric = own_targets.metric
        and statistics.scope like 'segment=%'
        and own_targets.dimension = case statistics.dimension
            when 'all' then 'segment'
            when 'touchpoint' then 'touchpoint|segment'
        end
        and own_targets.member = case statistics.dimension
            when 'all' then substring(statistics.scope, 9)
            else statistics.member || '|' || substring(statistics.scope, 9)
        end
        and cast(statistics.period || '-01' as date) >= own_targets.valid_from
        and cast(statistics.period || '-01' as date)
        <= coalesce(own_targets.valid_to, date '9999-12-31')
-- Described in rpt_journey_cells and rpt_sample, and claimed by nobody.
where statistics.dimension != 'touchpoint|channel' and statistics.dimension not like 'survey%'
