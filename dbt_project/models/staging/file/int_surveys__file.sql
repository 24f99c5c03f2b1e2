{{ config(materialized='view') }}

-- A file says which survey its rows are of, and nothing about it.
select
    cast(null as varchar) as source,
    cast(null as varchar) as survey_id,
    cast(null as varchar) as label,
where false
