-- Tables of figures write a cross of two dimensions with a |, the whole as 'all' and those who name
-- no member as 'unknown': a name that holds or is one of these would be taken for it.
with names as (

    select
        {{ seed_row('touchpoints', 'touchpoint') }} as row_name,
        touchpoint as name,
    from {{ ref('touchpoints') }}
    union all
    select
        {{ seed_row('journey_stages', 'journey_stage') }} as row_name,
        journey_stage as name,
    from {{ ref('journey_stages') }}
    union all
    select
        {{ seed_row('channels', 'channel') }} as row_name,
        channel as name,
    from {{ ref('channels') }}
    union all
    select
        {{ seed_row('segments', 'segment') }} as row_name,
        segment as name,
    from {{ ref('segments') }}

)

select row_name || ': a name cannot hold |; write another sign' as problem
from names
where contains(name, '|')
union all
select
    row_name || ': ''' || name || ''' has a meaning of its own in the figures; write another name '
    || '(its label may be the same)' as problem
from names
where name in ('all', 'unknown')
