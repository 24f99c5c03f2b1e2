"""A wrong row in a seed stops the build with a sentence that says which, and what is known."""

from __future__ import annotations

import pytest
from metrics_world import Warehouse, build, seed

from wellheard import dbt_failures

pytestmark = pytest.mark.dbt

QUESTIONS = "\n".join(
    [
        seed("survey_questions"),
        "forms,F2,a,npss,Misspelt,0,10,9,,,,false,",
        "forms,F2,b,csat,Lost,1,5,4,chekout,,,false,",
        "forms,F2,c,csat,Lost,1,5,4,,purchase,,false,",
        "forms,F2,d,nps,Wrong scale,1,10,9,,,,false,",
        "forms,F2,e,csat,No scale,,,4,,,,false,",
        "forms,F2,f,csat,No top,1,5,,,,,false,",
        "forms,F2,g,csat,Top too high,1,5,6,,,,false,",
        "forms,F2,h,ces,Other scale,1,5,4,,,,false,",
        "forms,F2,i,comment,Why?,,,,,,,false,score",
        "forms,F1,nps,nps,Twice,0,10,9,,,,false,",
        "forms,F2,k,csat,Backwards,5,1,4,,,,false,",
    ]
)
METRICS = seed("metrics", without="csat,", add="reach,Reach,people,higher,How many,,9")
TARGETS = "\n".join(
    [
        seed("targets"),
        "nps,all,all,2026-11-01,,35",
        "ces,touchpoint,till,2026-01-01,,6",
        "cse,all,all,2026-01-01,,6",
        "ces,all,all,2026-05-01,2026-04-01,6",
    ]
)
TOUCHPOINTS = seed("touchpoints", add="door,Door,arrive,4")


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """Every fault at once, seeds and their tests alone; all of them told, not only the first."""
    faults = {
        "survey_questions": QUESTIONS,
        "metrics": METRICS,
        "targets": TARGETS,
        "touchpoints": TOUCHPOINTS,
        "holidays": seed("holidays", add="office,2026-13-25"),
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dbt_failures, "_SHOWN_NODES", 99)
        patch.setattr(dbt_failures, "_SHOWN_ROWS", 99)
        return build(
        tmp_path_factory.mktemp("faults"),
        {},
        seeds=faults,
        arguments=["build", "--select", "resource_type:seed",
                   "assert_scales_can_be_scored", "assert_one_effort_scale",
                   "assert_comments_explain_a_question", "assert_targets_name_a_known_member",
                   "assert_one_target_at_a_time", "assert_questions_name_a_reported_metric"],
    )  # fmt: skip


@pytest.mark.parametrize(
    "sentence",
    [
        "seeds/survey_questions.csv: metric 'npss' of forms/F2/a is unknown; "
        "known: nps, csat, ces, rating, comment",
        "seeds/survey_questions.csv: touchpoint 'chekout' of forms/F2/b is unknown; "
        "known: app_home, checkout, door, invoice",
        "seeds/survey_questions.csv: journey_stage 'purchase' of forms/F2/c is unknown; "
        "known: buy, pay, use",
        "seeds/survey_questions.csv: forms/F2/d: NPS is asked on the scale 0 to 10, not 1 to 10",
        "seeds/survey_questions.csv: forms/F2/e: give scale_min and scale_max",
        "seeds/survey_questions.csv: forms/F2/f: give top_from, the lowest score that counts as "
        "satisfied",
        "seeds/survey_questions.csv: forms/F2/g: top_from 6 must lie above 1 and not above 5",
        "seeds/survey_questions.csv: forms/F2/k: scale_min 5 must lie below scale_max 1",
        "seeds/survey_questions.csv: metric ces is asked on several scales (1 to 5, 1 to 7); "
        "keep one and declare the others as csat or rating",
        "seeds/survey_questions.csv: forms/F2/i: about_question 'score' is unknown; "
        "known: a, b, c, d, e, f, g, h, k",
        "seeds/survey_questions.csv: forms/F1/csat: metric 'csat' has no row in "
        "seeds/metrics.csv; add one",
        "seeds/survey_questions.csv: forms/F1/nps is given 2 times; keep one row",
        "seeds/metrics.csv: unit 'people' of reach/Reach/higher is unknown; "
        "known: points, percent, score, minutes, cases",
        "seeds/metrics.csv: metric 'reach' of Reach/people/higher is unknown; known: nps, csat,"
        " ces, ces_top2, first_reply_minutes, first_reply_minutes_p90, "
        "first_resolution_minutes, first_resolution_minutes_p90, full_resolution_minutes, "
        "full_resolution_minutes_p90, reopen_rate, one_touch_rate, first_contact_resolution, "
        "first_reply_in_target, case_csat, case_volume, case_backlog, bot_resolution_rate, "
        "bot_handover_rate",
        "seeds/targets.csv: metric 'cse' of all/all/2026-01-01 is unknown; "
        "known: case_volume, ces, ces_top2, nps, reach",
        "seeds/targets.csv: ces/touchpoint/till/2026-01-01: touchpoint 'till' is unknown; "
        "known: checkout, app_home, invoice, door",
        "seeds/targets.csv: nps/all/all: the targets valid from 2026-10-01 and from 2026-11-01 "
        "overlap; give the first a valid_to",
        "seeds/targets.csv: ces/all/all/2026-05-01: valid_to 2026-04-01 lies before valid_from",
        "seeds/touchpoints.csv: journey_stage 'arrive' of door/Door/4 is unknown; "
        "known: buy, pay, use",
    ],
)
def test_a_fault_in_a_seed_is_told_with_its_row(refused: Warehouse, sentence: str) -> None:
    assert sentence in refused.problems


def test_a_value_of_another_kind_is_told_with_its_file_and_line(refused: Warehouse) -> None:
    told = "\n".join(refused.problems)
    assert "seeds/holidays.csv" in told
    assert 'Could not convert string "2026-13-25"' in told
