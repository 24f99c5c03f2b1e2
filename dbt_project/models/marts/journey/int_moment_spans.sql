-- sqlfluff:indentation:template_blocks_indent:False
{{ config(materialized='incremental', pre_hook="{{ forget_moment_spans() }}") }}

-- Each customer once for a touchpoint and a window of twelve months: by the latest experience whose
-- outcome became known in it. So an experience counts from the month its outcome is known
-- (`begins`) until the next one's is, or for a year (`ends`), in the segment it was made in.
-- Customers of whose experiences in the window one is too recent are counted apart (`open`): from
-- the month of it until its outcome is known.
{% set since = '(select place from touched.moments_since)' if is_increment() else 0 %}

with placed as (

    select
        segment,
        outcome,
        touchpoint,
        is_good,
        outcome_is,
        responded_at,
        answer,
        {# All experiences are put in order here: numbers take half the time of texts. #}
        hash(outcome, touchpoint, who) as met,
        cast(place as integer) as place,
        cast(known_place as integer) as known_place,
    from {{ ref('int_experiences') }}
    where known_place >= {{ since }}

),

followed as (

    select
        *,
        least(known_place, lead(place) over later) as open_until,
        least(
            known_place + 12,
            lead(case when outcome_is is not null then known_place end ignore nulls) over later
        ) as counts_until,
    from placed
    window
        later as (
            partition by met
            order by responded_at, answer
        )

),

spans as (

    select
        segment,
        outcome,
        touchpoint,
        known_place as begins,
        counts_until as ends,
        {{ kind_of_moment('is_good', 'outcome_is') }} as kind,
        count(*) as n,
    from followed
    where outcome_is is not null and known_place < counts_until
    group by segment, outcome, touchpoint, is_good, outcome_is, known_place, counts_until
    union all by name
    select
        segment,
        outcome,
        touchpoint,
        place as begins,
        open_until as ends,
        'open' as kind,
        count(*) as n,
    from followed
    where place < open_until and open_until >= {{ since }}
    group by segment, outcome, touchpoint, place, open_until

),

{% if is_increment() -%}
-- The spans that were cut by what was forgotten, as if nothing came after them; and those of them
-- that are cut now.
firsts as (

    select
        met,
        min(known_place) as known_place,
    from placed
    where outcome_is is not null
    group by met

),

known as (

    select
        segment,
        outcome,
        touchpoint,
        is_good,
        outcome_is,
        responded_at,
        answer,
        hash(outcome, touchpoint, who) as met,
        cast(known_place as integer) as known_place,
    from {{ ref('int_experiences') }}
    where
        outcome_is is not null
        and known_place < {{ since }}
        and known_place > {{ since }} - 12

),

-- Where the last one before the first new one is older than a year, so are all: it ended by itself.
cut as (

    select
        known.*,
        firsts.known_place as ends,
    from known
    inner join firsts on known.met = firsts.met
    where known.known_place > firsts.known_place - 12
    qualify row_number() over (
        partition by known.met
        order by known.responded_at desc, known.answer desc
    ) = 1

),

all_spans as (

    select * from spans
    union all by name
    select * replace (begins + 12 as ends)
    from touched.moment_spans
    where kind != 'open'
    union all by name
    select
        segment,
        outcome,
        touchpoint,
        {{ kind_of_moment('is_good', 'outcome_is') }} as kind,
        known_place as begins,
        unnest([known_place + 12, ends]) as ends,
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
    outcome,
    touchpoint,
    kind,
    cast(begins as smallint) as begins,
    cast(ends as smallint) as ends,
    cast(sum(n) as bigint) as n,
from all_spans
where begins < ends
group by segment, outcome, touchpoint, kind, begins, ends
having sum(n) != 0
