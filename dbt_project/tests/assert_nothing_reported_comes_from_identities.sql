-- Names, addresses and words as they were written stay in the schema `restricted`: what leaves it
-- is redacted, by one door.
select unnest(
    cast({{ readers_of('restricted', {'comments': 'redacted_comments'}) }} as varchar[])
) as reader
