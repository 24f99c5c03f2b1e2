select
    quotes.scope,
    quotes.period,
    quotes.theme,
    cast(quotes.position as integer) as position,
    comments.text,
    comments.language,
    comments.sentiment,
    comments.score_band,
    cast(timezone('{{ var("reporting_zone") }}', comments.written_at) as date) as written_on,
from {{ ref('int_quotes') }} as quotes
inner join {{ ref('fct_comments') }} as comments on quotes.comment_id = comments.comment_id
