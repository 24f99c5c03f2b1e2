"""Whether a stage's channels serve alike; the library tests, dbt does the plumbing."""


def model(dbt, session):
    dbt.config(materialized="table")
    from wellheard.equivalence import consistency

    margins = dbt.config.get("margins")
    units = dict(dbt.ref("metrics").select("metric, unit").fetchall())
    return consistency(
        dbt.ref("int_channel_pairs").to_arrow_table(),
        units=units,
        # A metric the company does not list is not reported.
        margins={m: float(v) for m, v in margins.items() if m in units},
        minimum_n=int(dbt.config.get("minimum_n")),
    )
