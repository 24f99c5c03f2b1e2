"""What every theme costs, its share and how sure that is; the library does the counting."""


def model(dbt, session):
    dbt.config(materialized="table")
    from wellheard.comments.theme_cells import judge

    emerging = dbt.ref("int_emerging_themes").select("period, theme, label, p_adjusted").distinct()
    return judge(
        dbt.ref("int_theme_sums").to_arrow_table(),
        pairs=dbt.ref("int_theme_pairs").to_arrow_table(),
        themes=dbt.ref("themes").select("theme, label, position").fetchall(),
        emerging=emerging.order("period, p_adjusted, theme").fetchall(),
        minimum_n=int(dbt.config.get("minimum_n")),
    )
