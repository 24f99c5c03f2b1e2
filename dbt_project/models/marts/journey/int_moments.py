"""What good and bad experiences at a touchpoint go with; the library compares."""


def model(dbt, session):
    dbt.config(materialized="table")
    from wellheard.moments_of_truth import moments

    return moments(
        dbt.ref("int_moment_windows").to_arrow_table(),
        positions=dict(dbt.ref("touchpoints").select("touchpoint, position").fetchall()),
        minimum_n=int(dbt.config.get("minimum_n")),
    )
