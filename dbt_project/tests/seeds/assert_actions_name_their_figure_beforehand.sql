-- A figure chosen after the action took effect may have been chosen because it had moved.
{% set columns = adapter.get_columns_in_relation(ref('actions')) | map(attribute='name') | list %}

select
    {{ seed_row('actions', 'action_id') }}
    || ' took effect before it was decided; its effect can only '
    || 'be measured on a figure that was named beforehand: correct its dates, or leave its '
    || 'target_metric empty' as problem,
from {{ ref('actions') }}
where
    target_metric is not null
    and {{ 'effective_on' if 'effective_on' in columns else 'cast(null as date)' }} < decided_on
