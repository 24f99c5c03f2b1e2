{{ config(materialized='incremental', pre_hook="{{ forget_support_months() }}") }}

-- The one pass over the measures, month by month: all cells are sums of the smallest, of one
-- channel and one segment.
with smallest as materialized (

    select
        metric,
        period,
        channel,
        segment,
        count(*) as n,
        count(*) filter (where is_success) as successes,
        list(minutes) filter (where minutes is not null) as minutes,
    from {{ ref('int_support_measures') }}
    where {{ is_touched_month('period', 'support_months') }}
    group by metric, period, channel, segment

),

summed as (

    select
        metric,
        period,
        channel,
        segment,
        grouping(channel) = 0 as is_of_channel,
        grouping(segment) = 0 as is_of_segment,
        sum(smallest.n)::bigint as n,
        sum(smallest.successes)::bigint as successes,
        list_sort(flatten(list(smallest.minutes) filter (where smallest.minutes is not null)))
            as sorted_minutes,
    from smallest
    group by grouping sets (
        (metric, period),
        (metric, period, channel),
        (metric, period, segment),
        (metric, period, channel, segment)
    )

),

-- What cases of one customer have in common of their times is told by whether they took longer than
-- half of all did.
halves as (

    select
        metric,
        period,
        list_median(flatten(list(smallest.minutes))) as minutes,
    from smallest
    where smallest.minutes is not null
    group by metric, period

),

measures as not materialized (

    select
        measures.metric,
        measures.period,
        measures.channel,
        measures.segment,
        measures.customer_hash,
        coalesce(measures.is_success, measures.minutes > halves.minutes) as is_success,
    from {{ ref('int_support_measures') }} as measures
    left join halves on measures.metric = halves.metric and measures.period = halves.period
    where
        measures.customer_hash is not null
        and (measures.is_success is not null or measures.minutes is not null)
        and {{ is_touched_month('measures.period', 'support_months') }}

),

-- The cases of which a customer had several, two at a time: beside n and the successes this tells
-- how many independent cases they are worth (squares_of_customers). Of one channel, and over all.
repeated as (

    {% for cell in ['metric, period, segment, channel', 'metric, period, segment'] %}
        select
            hash({{ cell }}) as cell,
            count(*) as n,
            count(*) filter (where is_success) as successes,
        from measures
        group by hash({{ cell }}), customer_hash
        having count(*) > 1
        {{ 'union all' if not loop.last }}
    {% endfor %}

),

pairs_by_hash as (

    select
        cell,
        {{ pairs_of_cases('repeated') }},
    from repeated
    group by cell

),

cells_by_hash as (

    select distinct
        metric,
        period,
        channel,
        segment,
        true as is_of_channel,
        hash(metric, period, segment, channel) as cell,
    from smallest
    union all by name
    select distinct
        metric,
        period,
        segment,
        false as is_of_channel,
        hash(metric, period, segment) as cell,
    from smallest

),

pairs as (

    select
        metric,
        period,
        channel,
        segment,
        is_of_channel,
        grouping(segment) = 0 as is_of_segment,
        sum(pair_w) as pair_w,
        sum(pair_x) as pair_x,
        sum(pair_xx) as pair_xx,
    from cells_by_hash
    inner join pairs_by_hash on cells_by_hash.cell = pairs_by_hash.cell
    group by grouping sets (
        (metric, period, is_of_channel, channel),
        (metric, period, is_of_channel, channel, segment)
    )

),

paired as (

    select
        summed.* exclude (successes),
        case
            when halves.minutes is null then summed.successes
            else len(list_filter(summed.sorted_minutes, lambda took: took > halves.minutes))
        end as successes,
        pairs.pair_w,
        pairs.pair_x,
        pairs.pair_xx,
    from summed
    left join halves on summed.metric = halves.metric and summed.period = halves.period
    left join pairs
        on
            summed.metric = pairs.metric
            and summed.period = pairs.period
            and summed.is_of_channel = pairs.is_of_channel
            and summed.is_of_segment = pairs.is_of_segment
            and summed.channel is not distinct from pairs.channel
            and summed.segment is not distinct from pairs.segment
    -- Cases that do not know their channel or segment are in no cell of that dimension.
    where
        (not summed.is_of_channel or summed.channel is not null)
        and (not summed.is_of_segment or summed.segment is not null)

),

-- A few cases that all came out alike say nothing of how alike a customer's are; the others do.
wholes as (

    select
        metric,
        period,
        {{ likeness_of_cases() }} as likeness,
    from paired
    where not is_of_channel and not is_of_segment

),

ranked as (

    select
        paired.*,
        sorted_minutes is not null as is_timed,
        {{ squares_of_customers(likeness_of_cases('wholes.likeness'), 'n') }} as sum_ww,
        {{ median_rank('n', 'sum_ww') }} as bound,
        {{ quantile_rank_low('n', 0.9, 'sum_ww') }} as bound_low_p90,
        {{ quantile_rank_high('n', 0.9, 'sum_ww') }} as bound_high_p90,
    from paired
    inner join wholes on paired.metric = wholes.metric and paired.period = wholes.period

),

figures as (

    select
        * exclude (sorted_minutes) replace (if(is_timed, 0, successes) as successes),
        list_median(sorted_minutes) as value,
        -- Five values are too few for two ends, but no time is below zero and the median lies below
        -- the longest of five with a probability of 97 %.
        case
            when bound > 0 then sorted_minutes[bound]
            when n = 5 and sum_ww = 5 and len(sorted_minutes) > 0 then 0::double
        end as low,
        case
            when bound > 0 or (n = 5 and sum_ww = 5) then sorted_minutes[n - greatest(bound, 1) + 1]
        end as high,
        -- Where the few longest cannot bound it, the 90th percentile is not known well enough to
        -- print.
        case
            when bound_high_p90 <= n then list_aggregate(sorted_minutes, 'quantile_cont', 0.9)
        end as value_p90,
        case when bound_high_p90 <= n then sorted_minutes[bound_low_p90] end as low_p90,
        case when bound_high_p90 <= n then sorted_minutes[bound_high_p90] end as high_p90,
    from ranked

),

cells as (

    select
        *,
        unnest({{ places_of_cell() }}) as cell,
    from figures

)

select
    cell.scope,
    period,
    metric,
    cell.dimension,
    cell.member,
    n,
    sum_ww,
    successes,
    value,
    low,
    high,
from cells

union all

select
    cell.scope,
    period,
    metric || '_p90' as metric,
    cell.dimension,
    cell.member,
    n,
    sum_ww,
    successes,
    value_p90 as value,
    low_p90 as low,
    high_p90 as high,
from cells
where is_timed
