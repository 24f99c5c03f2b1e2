-- Sources whose cases are solved by people who, by all that is told, never replied to anybody.
select
    source,
    count(*) as cases,
    count(first_reply_at) as replied,
    -- A few cases may all have been solved without a word.
    cases >= 20 as is_judged,
from {{ ref('fct_cases') }}
where is_resolved and handled_by = 'people' and count_public_agent_comments is not null
group by source
order by source
