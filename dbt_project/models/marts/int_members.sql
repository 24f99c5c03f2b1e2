with touchpoints as (

    select
        'touchpoint' as dimension,
        touchpoint as member,
        label,
        position,
    from {{ ref('touchpoints') }}

),

stages as (

    select
        'journey_stage' as dimension,
        journey_stage as member,
        label,
        position,
    from {{ ref('journey_stages') }}

),

channels as (

    select
        'channel' as dimension,
        channel as member,
        label,
        position,
    from {{ ref('channels') }}

),

segments as (

    select
        'segment' as dimension,
        segment as member,
        label,
        position,
    from {{ ref('segments') }}

),

stage_channels as (

    select
        'journey_stage|channel' as dimension,
        stages.member || '|' || channels.member as member,
        stages.label || ', ' || channels.label as label,
        stages.position * 1000 + channels.position as position,
    from stages
    cross join channels

),

touchpoint_segments as (

    select
        'touchpoint|segment' as dimension,
        touchpoints.member || '|' || segments.member as member,
        touchpoints.label || ', ' || segments.label as label,
        touchpoints.position * 1000 + segments.position as position,
    from touchpoints
    cross join segments

),

everything as (

    select
        'all' as dimension,
        'all' as member,
        'All' as label,
        0 as position,

)

select * from everything
union all by name
select * from touchpoints
union all by name
select * from stages
union all by name
select * from channels
union all by name
select * from segments
union all by name
select * from stage_channels
union all by name
select * from touchpoint_segments
