-- Resolutions count minute boundaries, which may be almost a minute less than the time passed.
select case_key
from {{ rows_to_test(ref('fct_cases')) }}
where
    first_reply_time_business_minutes not between 0 and first_reply_time_calendar_minutes
    or first_resolution_business_minutes not between 0 and first_resolution_calendar_minutes + 1
    or full_resolution_business_minutes
    not between first_resolution_business_minutes and final_resolution_calendar_minutes + 1
