-- sqlfluff:indentation:template_blocks_indent:False
{{ config(materialized='incremental', pre_hook="{{ forget_step_spans() }}") }}

-- How many customers took a step within twelve months cannot be added up over months: a customer
-- counts in a window through the latest month of the step in it, in the segment of then. So each
-- month's step counts (`begins`) until the customer's next one, or until it is a year old (`ends`).
with taken as (

    select
        segment,
        from_touchpoint,
        to_touchpoint,
        cast(place as integer) as place,
        hash(from_touchpoint, to_touchpoint, who) as taken,
    from {{ ref('int_steps') }}
    {%- if is_increment() %}
    where place >= (select min(months.place) from touched.step_months as months)
    {%- endif %}

),

-- Of the steps of one month all but the last end where they begin.
spans as (

    select
        segment,
        from_touchpoint,
        to_touchpoint,
        place as begins,
        least(
            place + 12,
            lead(place, 1, place + 12) over (
                partition by taken
                order by place, segment nulls first
            )
        ) as ends,
        1 as n,
    from taken

),

{% if is_increment() -%}
-- The spans that were cut by what was forgotten, as if nothing came after them; and those of them
-- that are cut now.
firsts as (

    select
        taken,
        min(place) as place,
    from taken
    group by taken

),

known as (

    select
        segment,
        from_touchpoint,
        to_touchpoint,
        cast(place as integer) as place,
        hash(from_touchpoint, to_touchpoint, who) as taken,
    from {{ ref('int_steps') }}
    where
        place < (select min(months.place) from touched.step_months as months)
        and place > (select min(months.place) - 12 from touched.step_months as months)

),

cut as (

    select
        known.taken,
        any_value(known.from_touchpoint) as from_touchpoint,
        any_value(known.to_touchpoint) as to_touchpoint,
        -- One number puts the month in order before the segment.
        max(cast(known.place as bigint) * 4294967296 + coalesce(enum_code(known.segment) + 1, 0))
            as latest,
        any_value(firsts.place) as place,
    from known
    inner join firsts on known.taken = firsts.taken and known.place > firsts.place - 12
    group by known.taken

),

all_spans as (

    select * from spans
    union all by name
    select
        segment,
        from_touchpoint,
        to_touchpoint,
        begins,
        begins + 12 as ends,
        n,
    from touched.step_spans
    union all by name
    select
        {{ nth_name('segment', 'latest % 4294967296') }} as segment,
        from_touchpoint,
        to_touchpoint,
        latest // 4294967296 as begins,
        unnest([latest // 4294967296 + 12, place]) as ends,
        unnest([-1, 1]) as n,
    from cut

)
{%- else -%}
all_spans as (

    select * from spans

)
{%- endif %}

select
    segment,
    from_touchpoint,
    to_touchpoint,
    cast(begins as smallint) as begins,
    cast(ends as smallint) as ends,
    cast(sum(n) as bigint) as n,
from all_spans
where begins < ends
group by segment, from_touchpoint, to_touchpoint, begins, ends
having sum(n) != 0
