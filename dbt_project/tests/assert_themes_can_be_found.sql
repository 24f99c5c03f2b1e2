-- A pattern nobody can read would leave its theme without comments, unnoticed.
select problem
from {{ ref('int_theme_problems') }}
