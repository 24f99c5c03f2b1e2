"""Key drivers of every month's window; the library does the counting, dbt the plumbing."""


def model(dbt, session):
    dbt.config(materialized="table")
    from wellheard.driver_panel import judge

    # dbt finds a reference only where it stands by itself.
    answers = dbt.ref("int_driver_answers")
    sums = dbt.ref("int_feedback_sums")
    questions = dbt.ref("survey_questions")
    periods = dbt.ref("int_periods")

    def distinct(relation, column):
        found = relation.select(column).distinct().fetchall()
        return [value for (value,) in found if value is not None]

    return judge(
        lambda period: answers.filter(f"period = '{period}'").to_arrow_table(),
        periods=distinct(periods, "period"),
        drivers=distinct(questions.filter("metric not in ('nps', 'comment')"), "driver")
        + distinct(sums.filter("metric != 'nps' and scale_max > scale_min"), "driver"),
        segments=distinct(sums.filter("metric = 'nps'"), "segment"),
        minimum_n=int(dbt.config.get("minimum_n")),
    )
