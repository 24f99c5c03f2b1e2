"""How far the answers can be trusted to speak for those who were asked; see sample_trust."""


def model(dbt, session):
    dbt.config(materialized="table")
    from wellheard.sample_trust import sample_panel

    return sample_panel(
        dbt.ref("int_sample_invitations").to_arrow_table(),
        dbt.ref("int_sample_answers").to_arrow_table(),
        dbt.ref("int_customer_base").to_arrow_table(),
        minimum_n=int(dbt.config.get("minimum_n")),
    )
