"""What is wrong in seeds/themes.csv, a sentence per row; empty when every theme can be found."""


def model(dbt, session):
    dbt.config(materialized="table")
    from wellheard.comments.tables import theme_problems

    rows = dbt.ref("themes").select("theme, label, language, pattern, position")
    return theme_problems(rows.fetchall())
