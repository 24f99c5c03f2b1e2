"""What customers wrote, without personal data; the library redacts, dbt does the plumbing."""


def model(dbt, session):
    dbt.config(materialized="table")
    from wellheard.comments.tables import redacted

    texts = dbt.ref("comment_texts").order("comment_id").to_arrow_table()
    identities = dbt.ref("customer_identities").select("customer_key, name, email")
    if not texts.num_rows:
        identities = identities.limit(0)
    return redacted(texts, identities=identities.to_arrow_table())
