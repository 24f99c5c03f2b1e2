"""Signs that somebody plays with the score; see sample_trust."""


def model(dbt, session):
    dbt.config(materialized="table")
    from wellheard.sample_trust import gaming_signals

    return gaming_signals(
        dbt.ref("int_gaming_counts").to_arrow_table(),
        dbt.ref("int_gaming_hours").to_arrow_table(),
        minimum_n=int(dbt.config.get("minimum_n")),
    )
