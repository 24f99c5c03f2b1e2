-- One row per test of the reported month whose result may be printed: the change since the month
-- before, and a marked month against its own history. All are one family of Holm's correction;
-- `weight` is the part of the error a test starts with.
with tests as (

    select
        'change' as kind,
        dimension,
        metric,
        member,
        value,
        n,
        previous,
        previous_n,
        change,
        change_low,
        change_high,
        -- Of a share the larger one of both its tests counts.
        greatest(p, coalesce(p_exact, p)) as p,
        p_adjusted,
        test_weight as weight,
    from rpt_metrics
    where period = getvariable('period')
    union all by name
    select
        'history' as kind,
        dimension,
        metric,
        member,
        value,
        n,
        signal_p as p,
        signal_p_adjusted as p_adjusted,
        signal_weight as weight,
    from rpt_metrics
    where period = getvariable('period')

)

select * from tests
where p is not null and value is not null
order by kind, dimension, p, metric, member
