{{ config(
    materialized='incremental',
    pre_hook="{{ forget_judged('invitations') }}",
    post_hook="{{ settle_copies(
        'invitations', 'changed_at desc, extracted_at desc, record_id desc, stream asc'
    ) }}",
) }}

with sent as not materialized (

    {{ fed_since('invitations') }}

),

judged as (

    select
        * exclude (invitation_id),
        concat_ws('|', source, invitation_id) as invitation_id,
        hash(source, stream, record_id) as record_hash,
        hash(source, sent.invitation_id) as invitation_hash,
        case
            when sent_at is null then 'no_time'
            when not ({{ is_plausible_time('sent_at', 'extracted_at') }}) then 'implausible_time'
        end as fault,
    from sent

)

select
    *,
    false as is_superseded,
    fault as reason,
from judged
