{{ config(materialized='incremental', pre_hook="{{ forget_judged('invitations') }}") }}

with fed as not materialized (

    {{ everything_fed_to('invitations') }}

),

sent as not materialized (

    select fed.* from fed {{ only_touched('fed', 'invitations', keys_of('invitations')) }}

),

ordered as (

    select
        copies.* exclude (invitation_id),
        concat_ws('|', copies.source, copies.invitation_id) as invitation_id,
    from
        {{ with_copies(
            'sent', ['source', 'invitation_id'],
            'changed_at desc, extracted_at desc, record_id desc, stream asc'
        ) }} as copies

)

select
    *,
    case
        when copy > 1 then 'superseded'
        when sent_at is null then 'no_time'
        when not ({{ is_plausible_time('sent_at', 'extracted_at') }}) then 'implausible_time'
    end as reason,
from ordered
