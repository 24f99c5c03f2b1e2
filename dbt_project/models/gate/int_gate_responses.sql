{{ config(
    materialized='incremental',
    pre_hook="{{ forget_rows('feedback', keys_of('feedback')) }}",
) }}

-- One survey response is one record, however many questions it answers.
select
    judged.source,
    judged.survey_id,
    judged.channel,
    judged.response_id,
    min(coalesce(judged.responded_at, judged.seen_at)) as occurred_at,
from {{ ref('int_feedback_judged') }} as judged
{{ only_touched('judged', 'feedback', keys_of('feedback')) }}
where judged.reason is distinct from 'superseded'
group by
    judged.source,
    judged.survey_id,
    judged.channel,
    judged.response_id
