"""A company of one vendor and one folder of files, as the command line meets it."""

from __future__ import annotations

import shutil
from pathlib import Path

from command_line import CommandLine

from wellheard.settings import PROJECT

COMPANY = """\
company: Larkfield
reporting_zone: Europe/London
operators: [data-team@larkfield.example]
sources:
  zendesk: {history_start: 2026-10-01}
  drops: {kind: file, mapping: mapping.yml, history_start: 2026-10-01}
"""
MAPPING = """\
streams:
  nps:
    contract: feedback
    files: drops/*.csv
    id: id
    columns: {response_id: id, score: score, responded_at: when}
    dates: {responded_at: {format: "%d/%m/%Y", zone: Europe/London}}
    constants: {survey_id: relationship, question_id: nps}
"""
AUDIENCES = "audiences:\n  team: {title: Team, recipients: [a@larkfield.example]}\n"
DROPS = ("ingest", "drops", "--window", "2026-10-01/2026-11-01")


def found(folder: Path) -> CommandLine:
    """The company in a folder, and its command line."""
    for name, text in {
        "wellheard.yml": COMPANY,
        "mapping.yml": MAPPING,
        "audiences.yml": AUDIENCES,
        "drops/october.csv": "id,when,score\nr1,15/10/2026,9\n",
    }.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    shutil.copytree(PROJECT / "dbt_project" / "seeds", folder / "seeds")
    return CommandLine(folder)
