{{ config(
    materialized='incremental',
    pre_hook="{{ forget_rows('feedback', keys_of('feedback')) }}",
) }}

-- One survey response is one record, however many questions it answers.
select
    any_value(judged.source) as source,
    any_value(judged.survey_id) as survey_id,
    judged.channel,
    any_value(judged.response_id) as response_id,
    min(coalesce(judged.responded_at, judged.seen_at)) as occurred_at,
    judged.response_hash,
from {{ ref('int_feedback_judged') }} as judged
{{ only_touched('judged', 'feedback', keys_of('feedback')) }}
where coalesce(judged.reason not in ('superseded', 'blank'), true)
group by
    judged.response_hash,
    judged.channel
