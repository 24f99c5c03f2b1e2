-- Statuses of cases that mean nothing yet: neither the contract's words nor in case_statuses.csv.
select
    source,
    count(distinct unknown_status) as statuses,
    count(distinct case_hash) as cases,
    -- For those who run it; no reader of a report sees what a source wrote.
    array_to_string(list_slice(list_sort(list(distinct unknown_status)), 1, 5), ', ') as words,
from {{ ref('int_case_events_judged') }}
where reason is null and unknown_status is not null
group by source
order by source
