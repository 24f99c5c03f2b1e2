"""What each action did to its figure; the library does the counting, dbt the plumbing."""


def model(dbt, session):
    dbt.config(materialized="table")
    from wellheard.action_effects import Action, judge_table
    from wellheard.statistics import Z

    actions = dbt.ref("actions")
    # Older files have no column for the day on which an action took effect: the decision counts.
    starts = "effective_on" if "effective_on" in actions.columns else "decided_on"
    named = (
        actions.filter("target_metric is not null")
        .select(
            "action_id, target_metric, coalesce(target_dimension, 'all'), "
            f"coalesce(target_member, 'all'), {starts}, decided_on"
        )
        .fetchall()
    )
    # Volumes have no answers behind them: every month of theirs weighs the same.
    printed = dbt.ref("int_metric_statistics").join(
        dbt.ref("metrics").select("metric as listed, unit"), "metric = listed"
    )
    cells = (
        printed.filter("scope = 'all' and value is not null and n > 0")
        .select(
            "metric, dimension, member, period, value, case unit when 'cases' then 1 else n end, "
            f"coalesce((high - low) / {2 * Z}, 0)"
        )
        .order("all")
        .fetchall()
    )
    return judge_table([Action(*row) for row in named], cells)
