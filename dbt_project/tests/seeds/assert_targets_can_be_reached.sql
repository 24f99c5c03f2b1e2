-- A target lies where its metric can: a percentage, a score on the scale it is asked on, a time.
with scales as (

    select
        min(scale_min) as lowest,
        max(scale_max) as highest,
    from {{ ref('survey_questions') }}
    where metric = 'ces'

),

targets as (

    select
        {{ seed_row('targets', 'targets.metric, targets.dimension, targets.member, '
            'targets.valid_from', 'targets') }} as row_name,
        targets.metric,
        targets.target,
        metrics.unit = 'percent' and metrics.better = 'higher' as is_high_percent,
        case metrics.unit
            when 'percent' then 0
            when 'points' then -100
            when 'score' then scales.lowest
            when 'minutes' then 0
            when 'cases' then 0
        end as lowest,
        case metrics.unit
            when 'percent' then 100
            when 'points' then 100
            when 'score' then scales.highest
        end as highest,
    from {{ ref('targets') }} as targets
    inner join {{ ref('metrics') }} as metrics on targets.metric = metrics.metric
    cross join scales

)

select
    row_name || ': target ' || {{ as_written('target') }} || ' is none that ' || metric
    || ' can reach; write a number from ' || {{ as_written('lowest') }}
    || coalesce(' to ' || {{ as_written('highest') }}, ' on') as problem,
from targets
where target < lowest or target > highest

union all

-- Nobody aims at less than one in a hundred: a share was written for a percentage.
select
    row_name || ': target ' || {{ as_written('target') }} || ' of ' || metric
    || ' is in percent; write ' || {{ as_written('round(100 * target, 6)') }} as problem,
from targets
where is_high_percent and target > 0 and target < 1

union all

select
    {{ seed_row('case_policies', 'source, priority') }} || ': first_reply_target_minutes '
    || first_reply_target_minutes || ' is no time to reply in; write minutes above 0' as problem,
from {{ ref('case_policies') }}
where first_reply_target_minutes < 1
