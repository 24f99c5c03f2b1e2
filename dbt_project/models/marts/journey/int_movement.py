"""What moved each score since the month before; the library splits, dbt does the plumbing."""


def model(dbt, session):
    dbt.config(materialized="table")
    from wellheard.movement import movements

    return movements(
        dbt.ref("int_movement_cells").to_arrow_table(),
        units=dict(dbt.ref("metrics").select("metric, unit").fetchall()),
        minimum_n=int(dbt.config.get("minimum_n")),
    )
