{{ config(materialized='view') }}

-- The months in which themes are counted: the taxonomy's over some months, those found in the texts
-- in the month they were found in, which is compared with the year before.
{% set span = var('theme_months') %}
select
    periods.period as report_period,
    lengths.months,
    lengths.is_emerging,
    lengths.is_before,
    {{ period_shift('periods.period', '-lengths.first') }} as first_period,
    {{ period_shift('periods.period', '-lengths.last') }} as last_period,
from {{ ref('int_periods') }} as periods
cross join (
    values
    ({{ span }}, false, false, {{ span - 1 }}, 0),
    ({{ span }}, false, true, {{ 2 * span - 1 }}, {{ span }}),
    (1, true, false, 0, 0),
    (1, true, true, 12, 1)
) as lengths (months, is_emerging, is_before, first, last)
