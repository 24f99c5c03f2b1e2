"""Signs that somebody plays with the score; see sample_trust."""


def model(dbt, session):
    dbt.config(materialized="table")
    from wellheard.sample_trust import gaming_signals

    # A source's total less what is printed of it would be the survey, or the kind, that is not.
    records = dbt.ref("int_source_records").select("period, source, is_hidden").fetchall()
    months = {period for period, _, is_hidden in records if is_hidden}
    sources = {(period, source) for period, source, _ in records if period in months}
    surveys = dbt.ref("int_sample_statistics").filter(
        "scope = 'all' and suppressed and n is null and metric is not null"
    )
    return gaming_signals(
        dbt.ref("int_gaming_counts").to_arrow_table(),
        dbt.ref("int_gaming_hours").to_arrow_table(),
        minimum_n=int(dbt.config.get("minimum_n")),
        hidden={*sources, *surveys.select("period, source").fetchall()},
    )
