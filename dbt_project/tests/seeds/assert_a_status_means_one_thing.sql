-- Capital letters make no other status, so that two spellings of one would mean two things.
with spellings as (

    select
        {{ seed_row('case_statuses', 'source, status') }} as row_name,
        status,
        min(status) over (partition by source, lower(status)) as first_spelling,
    from {{ ref('case_statuses') }}

)

select
    row_name || ': ''' || first_spelling || ''' is the same status; keep one of the two rows'
        as problem,
from spellings
where status != first_spelling
