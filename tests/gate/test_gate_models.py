"""The gate's tables: what is usual, what is judged, what is compared with what."""

from __future__ import annotations

from gating import World

LATEST_WEEK = "from gate.gate_weekly_volume where weeks_ago = 0 and not is_part"


def without(table: str, *conditions: str) -> str:
    return f"delete from {table} where {' and '.join(conditions)}"


def test_a_usual_week_lies_in_its_band(world: World) -> None:
    world.make()
    assert world.rows(f"select contract, n between typical_low and typical_high {LATEST_WEEK}") == [
        ("feedback", True),
        ("cases", True),
    ]


def test_a_week_at_half_its_size_lies_below_the_band(world: World) -> None:
    world.make(
        without(
            "staging.int_feedback_judged",
            "responded_at >= timestamptz '2026-10-26 00:00:00+00'",
            "response_id similar to '.*[02468]'",
        )
    )
    assert world.rows(f"select n < typical_low, is_judged {LATEST_WEEK} and contract = 'feedback'"
                      ) == [(True, True)]  # fmt: skip


def test_a_silent_week_is_counted_as_nothing_not_left_out(world: World) -> None:
    world.make("delete from contracts.cases where created_at >= '2026-10-26'")
    assert world.rows(f"select week_from::varchar, n {LATEST_WEEK} and contract = 'cases'") == [
        ("2026-10-26", 0)
    ]


def test_chance_alone_does_not_narrow_the_band(world: World) -> None:
    """The same count every week has no spread of its own; the root of the count is its spread."""
    world.make(
        "delete from contracts.cases",
        "insert into contracts.cases select 'zendesk', d || '-' || i, 'phone', d + interval 12 hour"
        " from range(timestamptz '2026-03-01', timestamptz '2026-11-02', interval 1 day) as t (d),"
        " range(10) as u (i)",
    )
    assert world.rows(f"select n, typical_low, typical_high {LATEST_WEEK} and contract = 'cases'"
                      ) == [(70, 36, 104)]  # fmt: skip


def test_silence_is_below_the_band_however_widely_the_weeks_swing(world: World) -> None:
    """Weeks of 14 and 98 cases by turns: four deviations reach below nothing."""
    swinging = (
        "delete from contracts.cases",
        "insert into contracts.cases select 'zendesk', d || '-' || i, 'phone', d + interval 12 hour"
        " from range(timestamptz '2026-03-02', timestamptz '2026-11-02', interval 1 day) as t (d),"
        " range(14) as u (i) where i < 2 or (date_diff('day', date '2026-03-02', d) // 7) % 2 = 0",
    )
    world.make(*swinging)
    band = f"select n, typical_low, n < typical_low {LATEST_WEEK} and contract = 'cases'"
    assert world.rows(band) == [(98, 2, False)]
    world.make(*swinging, "delete from contracts.cases where created_at >= '2026-10-26'")
    assert world.rows(band) == [(0, 2, True)]


def test_too_short_a_history_is_not_judged(world: World) -> None:
    world.make("delete from staging.int_feedback_judged where responded_at < '2026-09-14'")
    (found,) = world.rows(
        f"select weeks_of_history, is_judged {LATEST_WEEK} and contract = 'feedback'"
    )
    assert found == (6, False)
    assert world.rows("select distinct is_judged from gate.gate_volume where contract = 'feedback'"
                      " and days_of_history < 6") == [(False,)]  # fmt: skip


def test_yearly_waves_have_no_usual_week(world: World) -> None:
    world.make(
        "delete from contracts.cases where created_at not between '2026-05-04' and '2026-05-06'"
    )
    assert world.rows(f"select weeks_of_history, is_judged {LATEST_WEEK} and contract = 'cases'"
                      ) == [(12, False)]  # fmt: skip


def test_records_from_before_the_history_are_no_history(world: World) -> None:
    """A case of last year that changed lately is sent too; its own year is not whole."""
    world.make(
        "insert into contracts.cases values ('zendesk', 'old', 'phone', '2025-01-07 10:00:00+00')"
    )
    assert world.rows("select min(day)::varchar from gate.int_gate_days where contract = 'cases'"
                      ) == [("2026-03-01",)]  # fmt: skip


def test_the_day_of_the_watermark_is_not_judged_before_it_is_over(world: World) -> None:
    world.make("update raw.sources set watermark = '2026-10-20 22:59:00+00'")  # 23:59 in London
    assert world.rows("select distinct judged_until::varchar from gate.gate_freshness") == [
        ("2026-10-19",)
    ]
    world.make("update raw.sources set watermark = '2026-10-20 23:00:00+00'")  # midnight in London
    assert world.rows("select distinct judged_until::varchar from gate.gate_freshness") == [
        ("2026-10-20",)
    ]


def test_a_file_source_is_judged_month_by_month(world: World) -> None:
    """The file of a month comes when the month is over; until then no day of it is silent."""
    changes = (
        "update raw.sources set kind = 'file', watermark = '2026-11-20' where source = 'zendesk'",
        "delete from contracts.cases where created_at >= '2026-11-01'",
    )
    world.make(*changes)
    assert world.rows("select judged_until::varchar from gate.gate_freshness"
                      " where source = 'zendesk'") == [("2026-10-31",)]  # fmt: skip
    assert world.rows(f"select n >= typical_low {LATEST_WEEK} and contract = 'cases'") == [(True,)]
    world.make(*changes, "delete from contracts.cases where created_at >= '2026-10-01'")
    assert world.rows(f"select n < typical_low {LATEST_WEEK} and contract = 'cases'") == [(True,)]


def test_a_source_never_landed_is_there_and_judged_by_nothing(world: World) -> None:
    world.make(
        "insert into raw.sources values ('surveymonkey', 'surveymonkey', '2026-03-01', null)"
    )
    assert world.rows("select watermark, newest_record, judged_until from gate.gate_freshness"
                      " where source = 'surveymonkey'") == [(None, None, None)]  # fmt: skip
    assert world.rows("select count(*) from gate.gate_volume where source = 'surveymonkey'") == [
        (0,)
    ]


def test_quarantined_answers_count_towards_the_volume_but_not_twice(world: World) -> None:
    world.make()
    (before,) = world.rows("select n from gate.gate_volume where contract = 'feedback'"
                           " and day = '2026-10-28'")  # fmt: skip
    world.make(
        "update staging.int_feedback_judged set reason = 'unmapped_question'",
        "insert into staging.int_feedback_judged by name"
        " select * exclude (stream, record_hash, response_hash) replace ('superseded' as reason)"
        " from staging.int_feedback_judged",
        "insert into staging.int_feedback_judged by name"
        " select * exclude (stream, record_hash, response_hash) replace ('csat' as question_id)"
        " from staging.int_feedback_judged",
    )
    assert world.rows("select n from gate.gate_volume where contract = 'feedback'"
                      " and day = '2026-10-28'") == [before]  # fmt: skip


def test_reconciliation_counts_sent_landed_readable_and_staged(world: World) -> None:
    world.make()
    assert world.rows("select windows, sent, landed, readable, distinct_ids, staged"
                      " from gate.gate_reconciliation where stream = 'tickets'") == [
        (2, 60, 60, 60, 50, 50)
    ]  # fmt: skip


def test_a_stream_unknown_to_the_model_counts_as_unreadable(world: World) -> None:
    world.make("insert into raw.landings values ('intercom', 'intercom', 'conversations', 9, 9)")
    assert world.rows("select landed, readable, staged from gate.gate_reconciliation"
                      " where source = 'intercom'") == [(9, 0, 0)]  # fmt: skip


def test_an_empty_window_reconciles(world: World) -> None:
    world.make(
        "delete from raw.zendesk__users", "delete from staging.stg_zendesk__users",
        "update raw.landings set sent = 0, landed = 0 where stream = 'users'",
    )  # fmt: skip
    assert world.rows("select sent, landed, readable, distinct_to_stage, staged"
                      " from gate.gate_reconciliation where stream = 'users'") == [
        (0, 0, 0, 0, 0)
    ]  # fmt: skip


def test_an_event_without_children_is_not_missed_in_staging(world: World) -> None:
    world.make(
        "insert into raw.zendesk__ticket_events"
        " values ('zendesk', 'ticket_events', 'childless', '{\"child_events\": []}')"
    )
    assert world.rows("select distinct_ids, distinct_to_stage, staged"
                      " from gate.gate_reconciliation where stream = 'ticket_events'") == [
        (51, 50, 50)
    ]  # fmt: skip


def test_the_share_in_quarantine_names_the_main_fault(world: World) -> None:
    world.make(
        "update staging.int_feedback_judged set reason = 'out_of_scale', question_id = 'csat'"
        " where survey_id = 'onboarding' and responded_at >= '2026-10-01'",
        "update staging.int_feedback_judged set reason = 'not_submitted'"
        " where response_id = '2026-10-05-1'",
    )
    (found,) = world.rows(
        "select sent, round(share), main_reason, main_question, is_judged"
        " from gate.gate_quarantine where period = '2026-10'"
    )
    (counted,) = world.rows("select count(*) - 1 from staging.int_feedback_judged"
                            " where responded_at between '2026-10-01' and '2026-11-01'"
                            )  # fmt: skip
    assert found == (counted[0], 34.0, "out_of_scale", "onboarding/csat", True)


def test_a_handful_of_answers_has_no_share_worth_judging(world: World) -> None:
    world.make(
        "delete from staging.int_feedback_judged where responded_at >= '2026-11-01'"
        " and response_id not similar to '.*[15]'",
        "update staging.int_feedback_judged set reason = 'no_time'"
        " where responded_at >= '2026-11-01'",
    )
    assert world.rows("select share, is_judged from gate.gate_quarantine"
                      " where period = '2026-11'") == [(100.0, False)]  # fmt: skip


def test_the_mix_of_channels_counts_answers_without_one(world: World) -> None:
    world.make("update staging.int_feedback_judged set channel = null where channel = 'web'")
    assert world.rows("select channel from gate.gate_channel_mix where contract = 'feedback'") == [
        ("app",), ("email",), ("not given",),
    ]  # fmt: skip


def test_a_channel_that_appears_is_compared_with_none(world: World) -> None:
    world.make(
        "update contracts.cases set channel = 'bot'"
        " where created_at >= '2026-10-10' and channel = 'phone'"
    )
    (found,) = world.rows(
        "select share_before, share > typical_high from gate.gate_channel_mix where channel = 'bot'"
    )
    assert found == (0, True)


def test_two_sources_with_the_same_ids_at_other_times_share_nothing(world: World) -> None:
    """Ticket 1 exists in every account; the same ticket at the same second does not."""
    other = "insert into contracts.cases select 'second_desk', case_id, channel, created_at"
    world.make(f"{other} + interval 3 minute from contracts.cases")
    assert world.rows("select * from gate.gate_shared_records") == []
    world.make(f"{other} from contracts.cases where created_at >= '2026-11-01'")
    assert world.rows("select contract, first_source, second_source from gate.gate_shared_records"
                      ) == [("cases", "second_desk", "zendesk")]  # fmt: skip


def test_the_running_month_is_not_compared_with_whole_ones(world: World) -> None:
    world.make()
    assert world.rows("select distinct period from gate.gate_plausibility order by 1") == [
        ("2026-09",), ("2026-10",),
    ]  # fmt: skip


def test_a_score_is_compared_with_the_months_before_it_alone(world: World) -> None:
    world.make("update reporting.rpt_metrics set value = 80, low = 77, high = 83"
               " where metric = 'nps' and period >= '2026-09'")  # fmt: skip
    assert world.rows("select period, usual, low > typical_high from gate.gate_plausibility"
                      " where metric = 'nps' order by 1") == [
        ("2026-09", 21, True), ("2026-10", 21, True),
    ]  # fmt: skip
