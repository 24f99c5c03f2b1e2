-- A question that gives a score declares a scale on which its metric means something.
with questions as (

    select
        {{ seed_row('survey_questions', 'source, survey_id, question_id') }} as question,
        metric,
        scale_min,
        scale_max,
        top_from,
        {{ as_written('scale_min') }} as lowest,
        {{ as_written('scale_max') }} as highest,
        {{ as_written('top_from') }} as top,
    from {{ ref('survey_questions') }}
    where metric != 'comment'

)

select question || ': give scale_min and scale_max' as problem
from questions
where scale_min is null or scale_max is null
union all
select question || ': scale_min ' || lowest || ' must lie below scale_max ' || highest as problem
from questions
where scale_min >= scale_max
union all
select
    question || ': NPS is asked on the scale 0 to 10, not ' || lowest || ' to ' || highest
        as problem,
from questions
where metric = 'nps' and (scale_min != 0 or scale_max != 10)
union all
select question || ': give top_from, the lowest score that counts as satisfied' as problem
from questions
where metric in ('csat', 'ces') and top_from is null
union all
select
    question || ': top_from ' || top || ' must lie above ' || lowest || ' and not above ' || highest
        as problem,
from questions
where top_from <= scale_min or top_from > scale_max
union all
select question || ': scores above 1000 are not supported' as problem
from questions
where greatest(abs(scale_min), abs(scale_max)) > 1000
