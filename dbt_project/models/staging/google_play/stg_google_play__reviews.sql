-- A review has one comment of the user and at most one answer of the developer.
with landed as (

    select
        *,
        from_json(
            payload,
            '{
                "reviewId": "VARCHAR",
                "comments": [{
                    "userComment": {
                        "text": "VARCHAR", "starRating": "VARCHAR", "reviewerLanguage": "VARCHAR",
                        "appVersionName": "VARCHAR",
                        "lastModified": {"seconds": "VARCHAR", "nanos": "VARCHAR"}
                    },
                    "developerComment": {
                        "text": "VARCHAR",
                        "lastModified": {"seconds": "VARCHAR", "nanos": "VARCHAR"}
                    }
                }]
            }'
        ) as sent
    from {{ newest_copies('google_play__reviews') }}

),

words as (

    select
        *,
        list_filter(
            list_transform(coalesce(sent.comments, []), lambda c: c.usercomment),
            lambda w: w is not null
        )[1] as user_comment,
        list_filter(
            list_transform(coalesce(sent.comments, []), lambda c: c.developercomment),
            lambda w: w is not null
        )[1] as developer_comment,
    from landed

),

renamed as (

    select
        source,
        stream,
        record_id,
        split_part(record_id, '/', 1) as package,
        coalesce(sent.reviewid, split_part(record_id, '/', 2)) as review_id,
        {{ text_or_null('user_comment.starrating') }} as star_rating,
        -- Title and text come as one, a tab between them.
        {{ text_or_null("replace(user_comment.text, chr(9), ' ')") }} as review_text,
        {{ text_or_null('developer_comment.text') }} as reply_text,
        {{ text_or_null('user_comment.appversionname') }} as app_version,
        -- The device's language, which the review need not be written in.
        regexp_extract({{ text_or_null('user_comment.reviewerlanguage') }}, '^[A-Za-z]+')
            as language,
        to_timestamp({{ number_or_null('user_comment.lastmodified.seconds') }}) as reviewed_at,
        to_timestamp({{ number_or_null('developer_comment.lastmodified.seconds') }}) as replied_at,
        changed_at,
        extracted_at,
    from words

)

select * from renamed
