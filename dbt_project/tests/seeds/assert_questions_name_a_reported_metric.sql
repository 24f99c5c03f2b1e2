-- A score that is asked for is in the catalogue of what is reported.
select
    {{ seed_row('survey_questions', 'questions.source, questions.survey_id, questions.question_id',
        'questions') }}
    || ': metric ''' || questions.metric || ''' has no row in seeds/metrics.csv; add one'
        as problem,
from {{ ref('survey_questions') }} as questions
where
    questions.metric in ('nps', 'csat', 'ces')
    and questions.metric not in (select metrics.metric from {{ ref('metrics') }} as metrics)
