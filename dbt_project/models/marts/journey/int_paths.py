"""Which paths between touchpoints may be printed, and their shares."""


def model(dbt, session):
    dbt.config(materialized="table")
    from wellheard.paths import paths

    return paths(
        dbt.ref("int_path_windows").to_arrow_table(),
        minimum_n=int(dbt.config.get("minimum_n")),
    )
