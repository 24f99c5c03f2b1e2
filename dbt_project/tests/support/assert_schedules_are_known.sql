-- A schedule nobody described would leave its cases without business minutes, unnoticed.
select distinct
    'seeds/business_hours.csv: schedule ''' || cases.schedule || ''' of ' || cases.source
    || ' cases is unknown; add its hours' as problem,
from {{ ref('fct_cases') }} as cases
where
    cases.schedule is not null
    and cases.schedule not in (select hours.schedule from {{ ref('business_hours') }} as hours)
