-- Each channel's share of the last four weeks beside its share of the twelve weeks before.
with records as (

    select
        records.source,
        records.contract,
        coalesce(records.channel, 'not given') as channel,
        records.n,
        date_diff('day', records.day, sources.judged_until) < 28 as is_recent,
    from {{ ref('int_gate_counts') }} as records
    inner join {{ ref('gate_freshness') }} as sources on records.source = sources.source
    where
        records.contract in ('feedback', 'cases')
        and date_diff('day', records.day, sources.judged_until) between 0 and 111

),

counted as (

    select
        source,
        contract,
        channel,
        cast(coalesce(sum(n) filter (where is_recent), 0) as bigint) as n_recent,
        cast(coalesce(sum(n) filter (where not is_recent), 0) as bigint) as n_before,
    from records
    group by
        source,
        contract,
        channel

),

shares as (

    select
        *,
        sum(n_recent) over series as total_recent,
        sum(n_before) over series as total_before,
        n_recent / nullif(sum(n_recent) over series, 0) as p_recent,
        n_before / nullif(sum(n_before) over series, 0) as p_before,
        (n_recent + n_before) / sum(n_recent + n_before) over series as p_both,
    from counted
    window series as (partition by source, contract)

),

tested as (

    select
        *,
        -- Ten points, or four standard errors of the difference where samples are small.
        greatest(
            0.10, 4 * sqrt(p_both * (1 - p_both) * (1 / total_recent + 1 / total_before))
        ) as allowed,
    from shares
    where total_recent > 0 and total_before > 0

)

select
    source,
    contract,
    channel,
    n_recent,
    n_before,
    100 * p_recent as share,
    100 * p_before as share_before,
    100 * (p_before - allowed) as typical_low,
    100 * (p_before + allowed) as typical_high,
    total_recent >= 50 and total_before >= 150 as is_judged,
from tested
order by
    source,
    contract,
    channel
