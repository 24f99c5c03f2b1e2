-- A target, and an action's target, names a member that can have a figure. It reads the seeds
-- themselves, so that a fault in one of them does not hide those in the others.
with targets as (

    select
        {{ seed_row('targets', 'metric, dimension, member, valid_from') }} as row_name,
        dimension,
        member,
    from {{ ref('targets') }}
    union all
    select
        {{ seed_row('actions', 'action_id') }} as row_name,
        target_dimension as dimension,
        target_member as member,
    from {{ ref('actions') }}
    where target_metric is not null

),

-- Both sides of a cross are members of their own.
named as (

    select
        row_name,
        unnest(string_split(dimension, '|')) as dimension,
        unnest(string_split(member, '|')) as member,
    from targets

),

members as (

    select
        'all' as dimension,
        'all' as member,
        0 as position,
    union all
    select
        'touchpoint' as dimension,
        touchpoint as member,
        position,
    from {{ ref('touchpoints') }}
    union all
    select
        'journey_stage' as dimension,
        journey_stage as member,
        position,
    from {{ ref('journey_stages') }}
    union all
    select
        'channel' as dimension,
        channel as member,
        position,
    from {{ ref('channels') }}
    union all
    select
        'segment' as dimension,
        segment as member,
        position,
    from {{ ref('segments') }}

),

known as (

    select
        dimension,
        string_agg(member, ', ' order by position) as members,
    from members
    group by dimension

)

select
    named.row_name || ': ' || named.dimension || ' ''' || coalesce(named.member, '')
    || ''' is unknown; '
    || coalesce(
        'known: ' || known.members,
        'there is none: seeds/' || named.dimension || 's.csv has no rows'
    ) as problem,
from named
anti join members on named.dimension = members.dimension and named.member = members.member
left join known on named.dimension = known.dimension
-- A dimension nobody knows is told by accepted_values of its column.
where named.dimension in ('all', 'touchpoint', 'journey_stage', 'channel', 'segment')
