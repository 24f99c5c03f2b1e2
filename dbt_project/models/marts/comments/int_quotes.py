"""The comments that stand for each theme that is printed."""


def model(dbt, session):
    dbt.config(materialized="table")
    from wellheard.comments.tables import quoted

    columns = (
        "comment_id, customer_key, period, segment, metric, themes, text, score_band, sentiment"
    )
    proven = "case when is_significant then cost end as cost"
    themes = dbt.ref("int_theme_statistics").filter("is_ranked and not suppressed and n > 0")
    emerging = dbt.ref("int_emerging_themes").filter("not is_before")
    return quoted(
        dbt.ref("fct_comments")
        .filter("metric in ('nps', 'csat')")
        .select(columns)
        .order("comment_id")
        .to_arrow_table(),
        themes=themes.select(f"scope, period, months, metric, theme, is_emerging, {proven}")
        .order("scope, period, theme")
        .fetchall(),
        emerging=emerging.select("period, theme, comment_id").fetchall(),
    )
