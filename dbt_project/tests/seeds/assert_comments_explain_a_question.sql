-- A comment's question explains a score of the same survey.
select
    {{ seed_row('survey_questions', 'comments.source, comments.survey_id, comments.question_id',
        'comments') }}
    || ': about_question ''' || comments.about_question || ''' is unknown; known: '
    || coalesce(
        (
            select string_agg(scores.question_id, ', ' order by scores.question_id)
            from {{ ref('survey_questions') }} as scores
            where
                scores.source = comments.source
                and scores.survey_id in (comments.survey_id, '*')
                and scores.metric != 'comment'
        ), 'none in this survey'
    ) as problem,
from {{ ref('survey_questions') }} as comments
where
    comments.about_question is not null
    and not exists (
        select 1 as found
        from {{ ref('survey_questions') }} as scores
        where
            scores.source = comments.source
            and (scores.survey_id in (comments.survey_id, '*') or comments.survey_id = '*')
            and scores.question_id = comments.about_question
            and scores.metric != 'comment'
    )
