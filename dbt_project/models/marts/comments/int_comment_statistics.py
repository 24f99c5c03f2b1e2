"""Volume, sentiment and its agreement with the score; the library does the counting."""


def model(dbt, session):
    dbt.config(materialized="table")
    from wellheard.comments.theme_cells import volumes

    return volumes(
        dbt.ref("int_comment_sums").to_arrow_table(),
        minimum_n=int(dbt.config.get("minimum_n")),
    )
