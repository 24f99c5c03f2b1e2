-- Sources with cases of which no time can be counted: they carry no schedule, and no row of
-- case_policies.csv gives them one.
select
    source,
    count(*) as cases,
    count(*) filter (schedule is null) as untimed,
    -- What a row would have to say.
    array_to_string(
        list_slice(
            list_sort(list(distinct coalesce(priority, '*')) filter (schedule is null)), 1, 5
        ),
        ', '
    ) as priorities,
from {{ ref('fct_cases') }}
where is_known_from_start
group by source
order by source
