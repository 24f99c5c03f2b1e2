-- On any day a figure has one target at most.
with targets as (

    select
        *,
        coalesce(valid_to, date '9999-12-31') as until,
    from {{ ref('targets') }}

)

select
    {{ seed_row('targets', 'metric, dimension, member, valid_from') }}
    || ': valid_to ' || until || ' lies before valid_from' as problem,
from targets
where until < valid_from
union all
select
    {{ seed_row('targets', 'a.metric, a.dimension, a.member', 'a') }}
    || ': the targets valid from ' || a.valid_from || ' and from ' || b.valid_from
    || ' overlap; give the first a valid_to' as problem,
from targets as a
inner join targets as b
    on
        a.metric = b.metric
        and a.dimension = b.dimension
        and a.member = b.member
        and a.valid_from < b.valid_from
        and a.until >= b.valid_from
