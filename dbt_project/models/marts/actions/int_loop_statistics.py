"""Shares, medians and the test of the closed loop; the library does the counting."""


def model(dbt, session):
    dbt.config(materialized="table")
    from wellheard.closed_loop import judge

    counts = dbt.ref("int_loop_counts").order("scope, period").to_arrow_table()
    return judge(counts, minimum_n=int(dbt.config.get("minimum_n")))
