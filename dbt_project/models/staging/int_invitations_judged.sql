with sent as (

    {{ everything_fed_to('invitations') }}

),

ordered as (

    select
        sent.* exclude (invitation_id),
        concat_ws('|', sent.source, sent.invitation_id) as invitation_id,
        row_number() over (
            partition by sent.source, sent.invitation_id
            order by
                sent.changed_at desc, sent.extracted_at desc, sent.record_id desc, sent.stream asc
        ) as copy,
    from sent

)

select
    *,
    case
        when copy > 1 then 'superseded'
        when sent_at is null then 'no_time'
        when not ({{ is_plausible_time('sent_at', 'extracted_at') }}) then 'implausible_time'
    end as reason,
from ordered
