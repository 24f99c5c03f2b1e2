-- Every two channels a stage ever had answers through, in the order of the channels; a stage with
-- fewer stands alone, so that its row can say that there is nothing to compare.
with windows as (

    select
        windows.*,
        channels.position,
    from {{ ref('int_channel_windows') }} as windows
    inner join {{ ref('channels') }} as channels on windows.channel = channels.channel

),

pairs as (

    select
        a.scope,
        a.period,
        a.months,
        a.metric,
        a.journey_stage,
        a.channel as channel_a,
        b.channel as channel_b,
        {% for side in ['a', 'b'] -%}
            {% for column in [
                'n', 'sum_x', 'sum_xx', 'sum_w', 'sum_ww', 'successes', 'months_hidden',
            ] -%}
                {{ side }}.{{ column }} as {{ column }}_{{ side }},
            {% endfor -%}
        {% endfor -%}
    from windows as a
    inner join windows as b
        on
            a.scope = b.scope
            and a.period = b.period
            and a.metric = b.metric
            and a.journey_stage = b.journey_stage
            and (a.position, a.channel) < (b.position, b.channel)

),

told as (

    select distinct
        scope,
        period,
        months,
        metric,
    from windows

),

lone as (

    select
        told.scope,
        told.period,
        told.months,
        told.metric,
        stages.journey_stage,
        windows.channel as channel_a,
        cast(null as varchar) as channel_b,
        {% for column in [
            'n', 'sum_x', 'sum_xx', 'sum_w', 'sum_ww', 'successes', 'months_hidden',
        ] -%}
            coalesce(windows.{{ column }}, 0) as {{ column }}_a,
            0 as {{ column }}_b,
        {% endfor -%}
    from told
    cross join {{ ref('journey_stages') }} as stages
    left join windows
        on
            told.scope = windows.scope
            and told.period = windows.period
            and told.metric = windows.metric
            and stages.journey_stage = windows.journey_stage
    anti join pairs
        on
            told.scope = pairs.scope
            and told.period = pairs.period
            and told.metric = pairs.metric
            and stages.journey_stage = pairs.journey_stage

)

select * from pairs
union all by name
select * from lone
