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

parts as (

    select
        row_name,
        dimension,
        coalesce(member, '') as member,
        string_split(dimension, '|') as dimensions,
        string_split(coalesce(member, ''), '|') as members,
    from targets

),

-- Both sides of a cross are members of their own.
named as (

    select
        row_name,
        unnest(dimensions) as dimension,
        unnest(members) as member,
    from parts
    where len(dimensions) = len(members)

),

members as (

    select
        'touchpoint' as dimension,
        touchpoint as member,
        label,
        position,
    from {{ ref('touchpoints') }}
    union all
    select
        'journey_stage' as dimension,
        journey_stage as member,
        label,
        position,
    from {{ ref('journey_stages') }}
    union all
    select
        'channel' as dimension,
        channel as member,
        label,
        position,
    from {{ ref('channels') }}
    union all
    select
        'segment' as dimension,
        segment as member,
        label,
        position,
    from {{ ref('segments') }}

),

-- A row given twice, which its own test tells, is one name.
names as (

    select
        dimension,
        member,
        any_value(label) as label,
        min(position) as position,
    from members
    where member is not null
    group by dimension, member

),

known as (

    select
        dimension,
        string_agg(member, ', ' order by position, member) as members,
        arg_min(member, (position, member)) as example,
    from names
    group by dimension

),

-- The label in the name's place, a space beside it, or nearly the name.
nearest as (

    select
        named.dimension,
        named.member,
        arg_max(
            names.member,
            greatest(
                jaro_winkler_similarity(lower(trim(named.member)), lower(names.member)),
                jaro_winkler_similarity(lower(trim(named.member)), lower(names.label))
            )
        ) as meant,
    from named
    inner join names on named.dimension = names.dimension
    where
        jaro_winkler_similarity(lower(trim(named.member)), lower(names.member)) > 0.85
        or lower(trim(named.member)) = lower(names.label)
    group by named.dimension, named.member

)

select
    parts.row_name || ': ''' || parts.member || ''' names '
    || case
        when len(parts.members) < len(parts.dimensions) then 'not both sides of '
        else 'more than one member of '
    end
    || parts.dimension || '; write '
    || case
        when
            len(parts.members) < len(parts.dimensions) and regexp_matches(parts.member, '[/;,&+]')
            then regexp_replace(parts.member, '\s*[/;,&+]\s*', '|')
        else
            case when len(parts.dimensions) > 1 then 'the two with | between them' else 'one' end
            || coalesce(
                ', like ' || first_known.example || coalesce('|' || second_known.example, ''), ''
            )
    end as problem,
from parts
left join known as first_known on parts.dimensions[1] = first_known.dimension
left join known as second_known on parts.dimensions[2] = second_known.dimension
where
    len(parts.dimensions) != len(parts.members)
    and parts.dimensions[1] in ('all', 'touchpoint', 'journey_stage', 'channel', 'segment')
    and (
        len(parts.dimensions) = 1
        or parts.dimensions[2] in ('all', 'touchpoint', 'journey_stage', 'channel', 'segment')
    )

union all

select
    named.row_name || ': ' || named.dimension || ' ''' || named.member || ''' is unknown; '
    || coalesce('write ' || nearest.meant || ' (', '')
    || coalesce(
        'known: ' || known.members,
        'there is none: seeds/' || named.dimension || 's.csv has no rows'
    )
    || case when nearest.meant is null then '' else ')' end as problem,
from named
anti join names on named.dimension = names.dimension and named.member = names.member
left join known on named.dimension = known.dimension
left join nearest on named.dimension = nearest.dimension and named.member = nearest.member
-- A dimension nobody knows is told by accepted_values of its column.
where named.dimension in ('touchpoint', 'journey_stage', 'channel', 'segment')

union all

select
    row_name || ': dimension all has no member ''' || member || '''; write all, or the dimension '
    || 'it belongs to' as problem,
from named
where dimension = 'all' and member != 'all'
