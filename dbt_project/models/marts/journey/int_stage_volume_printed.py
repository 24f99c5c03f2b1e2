"""Which counts of meetings and interactions may be printed."""


def model(dbt, session):
    dbt.config(materialized="table")
    from wellheard.paths import stage_volumes

    return stage_volumes(
        dbt.ref("int_stage_volume").to_arrow_table(),
        minimum_n=int(dbt.config.get("minimum_n")),
        stages=dict(
            dbt.ref("touchpoints")
            .filter("journey_stage is not null")
            .select("touchpoint, journey_stage")
            .fetchall()
        ),
    )
