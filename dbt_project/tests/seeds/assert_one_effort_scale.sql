-- Effort is reported as a mean, and a mean over two scales means nothing.
with scales as (

    select distinct
        scale_min,
        scale_max,
        {{ as_written('scale_min') }} || ' to ' || {{ as_written('scale_max') }} as scale,
    from {{ ref('survey_questions') }}
    where metric = 'ces' and scale_min is not null and scale_max is not null

)

select
    'seeds/survey_questions.csv: metric ces is asked on several scales ('
    || string_agg(scale, ', ' order by scale_min, scale_max)
    || '); keep one and declare the others as csat or rating' as problem,
from scales
having count(*) > 1
