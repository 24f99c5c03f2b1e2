"""How far the answers can be trusted to speak for those who were asked; see sample_trust."""


def model(dbt, session):
    dbt.config(materialized="table")
    import pyarrow as pa

    from wellheard.sample_trust import sample_panel

    answers = [dbt.ref("int_sample_answers"), dbt.ref("int_sample_ratings")]
    # The same ratings are a metric of their own: what is hidden there is hidden here.
    hidden = (
        dbt.ref("int_metric_statistics")
        .filter("metric = 'case_csat' and dimension = 'all' and suppressed")
        .select("scope, period, metric")
    )
    return sample_panel(
        dbt.ref("int_sample_invitations").to_arrow_table(),
        pa.concat_tables([a.to_arrow_table() for a in answers], promote_options="permissive"),
        dbt.ref("int_customer_base").to_arrow_table(),
        minimum_n=int(dbt.config.get("minimum_n")),
        hidden=hidden.fetchall(),
    )
