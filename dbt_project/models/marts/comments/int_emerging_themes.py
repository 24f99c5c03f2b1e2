"""Themes the taxonomy does not list, found in the comments; a row per theme and comment."""


def model(dbt, session):
    dbt.config(materialized="table")
    from wellheard.comments.tables import emerged

    comments = dbt.ref("fct_comments").filter("len(themes) = 0")
    columns = "comment_id, period, customer_key, language, text"
    periods = dbt.ref("int_periods").order("period").select("period").fetchall()
    return emerged(
        comments.select(columns).order("comment_id").to_arrow_table(),
        periods=[period for (period,) in periods],
        minimum_n=int(dbt.config.get("minimum_n")),
    )
