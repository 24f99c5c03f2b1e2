-- A score that is asked for is in the catalogue of what is reported.
select
    'seeds/survey_questions.csv: metric ''' || questions.metric || ''' of '
    || concat_ws('/', questions.source, questions.survey_id, questions.question_id)
    || ' has no row in seeds/metrics.csv; add one' as problem,
from {{ ref('survey_questions') }} as questions
where
    questions.metric in ('nps', 'csat', 'ces')
    and questions.metric not in (select metrics.metric from {{ ref('metrics') }} as metrics)
