-- A stage's answers by channel over the twelve months up to each month, of the months whose cell is
-- printed: a sum that held a hidden month would give it away beside the months that are shown.
-- Decimals, because sums of doubles differ from run to run in their last bits.
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

)

select
    cells.scope,
    periods.period,
    cast(least(periods.place, 12) as integer) as months,
    cells.metric,
    cells.journey_stage,
    cells.channel,
    cast(coalesce(sum(cells.n) filter (where cells.is_shown), 0) as bigint) as n,
    cast(
        coalesce(
            sum(cast(cells.sum_x as decimal(38, 10))) filter (where cells.is_shown), 0
        ) as double
    ) as sum_x,
    cast(
        coalesce(
            sum(cast(cells.sum_xx as decimal(38, 10))) filter (where cells.is_shown), 0
        ) as double
    ) as sum_xx,
    cast(
        coalesce(
            sum(cast(cells.sum_w as decimal(38, 10))) filter (where cells.is_shown), 0
        ) as double
    ) as sum_w,
    cast(
        coalesce(
            sum(cast(cells.sum_ww as decimal(38, 10))) filter (where cells.is_shown), 0
        ) as double
    ) as sum_ww,
    cast(
        coalesce(
            sum(cast(cells.successes as decimal(38, 10))) filter (where cells.is_shown), 0
        ) as double
    ) as successes,
    cast(count(*) filter (where cells.suppressed) as integer) as months_hidden,
from cells
inner join periods on cells.place between periods.place - 11 and periods.place
group by
    cells.scope, periods.period, periods.place, cells.metric, cells.journey_stage, cells.channel
