-- A stage's answers by channel over the twelve months up to each month, of the months whose cell is
-- printed: a sum that held a hidden month would give it away beside the months that are shown.
with periods as (

    select
        period,
        row_number() over (order by period) as place,
    from {{ ref('int_periods') }}

),

cells as (

    select
        cells.*,
        periods.place,
        statistics.suppressed,
        not statistics.suppressed and cells.n > 0 as is_shown,
        split_part(cells.member, '|', 1) as journey_stage,
        split_part(cells.member, '|', 2) as channel,
    from {{ ref('int_metric_cells') }} as cells
    inner join {{ ref('int_metric_statistics') }} as statistics
        on
            cells.scope = statistics.scope
            and cells.period = statistics.period
            and cells.metric = statistics.metric
            and cells.dimension = statistics.dimension
            and cells.member = statistics.member
    inner join periods on cells.period = periods.period
    where cells.dimension = 'journey_stage|channel'

),

shown as (

    select
        scope,
        period,
        place,
        metric,
        journey_stage,
        channel,
    from cells
    where is_shown

),

windows as (

    select
        cells.scope,
        periods.period,
        cast(least(periods.place, 12) as integer) as months,
        cells.metric,
        cells.journey_stage,
        cells.channel,
        cast(coalesce(sum(cells.n) filter (where cells.is_shown), 0) as bigint) as n,
        {% for column in ['sum_x', 'sum_xx', 'sum_w', 'sum_ww', 'successes'] -%}
            cast(
                coalesce({{ exact_sum('cells.' ~ column) }} filter (where cells.is_shown), 0)
                as double
            ) as {{ column }},
        {% endfor -%}
        cast(count(*) filter (where cells.suppressed) as integer) as months_hidden,
    from cells
    inner join periods on cells.place between periods.place - 11 and periods.place
    group by
        cells.scope, periods.period, periods.place, cells.metric, cells.journey_stage, cells.channel

),

metrics as (

    select * from {{ ref('int_channel_repeats') }}
    union all by name
    select * replace ('ces_top2' as metric) from {{ ref('int_channel_repeats') }}
    where metric = 'ces'

),

repeats as (

    select
        'all' as scope,
        *,
    from metrics
    union all by name
    select
        'segment=' || segment as scope,
        *,
    from metrics
    where segment is not null

),

-- Two months' answers are looked at together where both are printed.
pairs as (

    select
        repeats.scope,
        periods.period,
        repeats.metric,
        repeats.journey_stage,
        repeats.channel,
        {{ sums_of_pairs() }},
    from repeats
    inner join shown as later
        using (scope, period, metric, journey_stage, channel)
    inner join shown as earlier
        on
            repeats.scope = earlier.scope
            and repeats.earlier_period = earlier.period
            and repeats.metric = earlier.metric
            and repeats.journey_stage = earlier.journey_stage
            and repeats.channel = earlier.channel
    inner join periods on periods.place between later.place and earlier.place + 11
    group by
        repeats.scope, periods.period, repeats.metric, repeats.journey_stage, repeats.channel

)

select
    windows.* replace ({{ squares_of_customers(likeness_of_answers()) }} as sum_ww),
from windows
left join pairs using (scope, period, metric, journey_stage, channel)
