"""Language, sentiment and themes of every comment; the library judges, dbt does the plumbing."""


def model(dbt, session):
    dbt.config(materialized="table")
    from wellheard.comments.tables import marked

    dbt.ref("int_theme_problems")  # built and tested first
    comments = dbt.ref("comments").select("comment_id, text, language").order("comment_id")
    themes = dbt.ref("themes").select("theme, label, language, pattern, position")
    return marked(comments.to_arrow_table(), themes=themes.fetchall())
