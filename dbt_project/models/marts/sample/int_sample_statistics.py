"""How far the answers can be trusted to speak for those who were asked; see sample_trust."""


def model(dbt, session):
    dbt.config(materialized="table")
    import pyarrow as pa

    from wellheard.sample_trust import sample_panel

    answers = [dbt.ref("int_sample_answers"), dbt.ref("int_sample_ratings")]
    secret = dbt.ref("int_metric_statistics").filter("suppressed")
    # The same ratings are a metric of their own: what is hidden there is hidden here.
    ratings = secret.filter("metric = 'case_csat' and dimension = 'all'").select(
        "scope, period, metric"
    )
    # A survey's answers are those of its touchpoints too: both are hidden by one reckoning.
    named = "source, survey_id, md5(concat_ws(chr(31), source, survey_id)) as survey"
    surveys = (
        secret.filter("dimension = 'survey'")
        .join(answers[0].select(named).distinct(), "member = survey")
        .select("scope, period, metric, source, survey_id")
    )
    return sample_panel(
        dbt.ref("int_sample_invitations").to_arrow_table(),
        pa.concat_tables([a.to_arrow_table() for a in answers], promote_options="permissive"),
        dbt.ref("int_customer_base").to_arrow_table(),
        minimum_n=int(dbt.config.get("minimum_n")),
        hidden=[*ratings.fetchall(), *surveys.fetchall()],
    )
