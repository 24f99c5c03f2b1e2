-- Names and addresses stay in the schema `restricted`: no model reads from it.
select unnest(cast({{ readers_of('restricted') }} as varchar[])) as reader
