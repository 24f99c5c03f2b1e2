"""The statistics of every cell; the library does the counting, dbt the plumbing."""

COLUMNS = (
    "scope, period, metric, dimension, member, n, sum_x, sum_xx, sum_w, sum_ww, successes, "
    "promoters, passives, detractors, value_override, low_override, high_override"
)


def model(dbt, session):
    dbt.config(materialized="table")
    from wellheard.metric_cells import judge

    cells = dbt.ref("int_metric_cells").select(f"{COLUMNS}, scale_min, scale_max")
    none = "cast(null as double)"  # cases are given on no scale
    cells = cells.union(dbt.ref("int_support_cells").select(f"{COLUMNS}, {none}, {none}"))
    units = dict(dbt.ref("metrics").select("metric, unit").fetchall())
    # A metric the company does not list is not reported.
    listed = ", ".join(f"'{metric}'" for metric in units) or "''"
    return judge(
        cells.filter(f"metric in ({listed})").to_arrow_table(),
        units=units,
        minimum_n=int(dbt.config.get("minimum_n")),
        stages=dict(
            dbt.ref("touchpoints")
            .filter("journey_stage is not null")
            .select("touchpoint, journey_stage")
            .fetchall()
        ),
    )
