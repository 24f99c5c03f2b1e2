with named as (

    {{ everything_fed_to('surveys') }}

)

select
    source,
    survey_id,
    trim(label) as label,
from named
where trim(label) != ''
