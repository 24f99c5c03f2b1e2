{{ config(materialized='incremental', pre_hook="{{ take_counted() }}") }}

with quarters as (

    select
        source,
        survey_id,
        question_id,
        reason,
        {{ quarter_of('occurred_at') }} as quarter,
        sum(counts_for) as n,
    from ({{ rows_to_count(submitted_answers) }})
    group by all

),

months as (

    select
        source,
        {{ period_of(quarter_start('quarter')) }} as period,
        reason,
        concat_ws('/', survey_id, question_id) as question,
        n,
    from quarters
    {% if is_increment() %}
        union all by name
        select * from touched.int_gate_questions
    {% endif %}

)

select
    source,
    period,
    reason,
    question,
    cast(sum(n) as bigint) as n,
from months
group by all
having sum(n) != 0
