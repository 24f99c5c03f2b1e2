"""A YAML file that cannot be read is told by line and by what to write, in no parser's terms."""

from __future__ import annotations

from pathlib import Path

import pytest

from wellheard import audiences, doctor
from wellheard.errors import ConfigError
from wellheard.settings import Settings

GOOD = """audiences:
  team:
    title: Executive team
    scope: all
    recipients:
      - a@larkfield.example
"""
JARGON = ("block", "token", "scalar", "mapping values", "unicode string", "flow", "constructor")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("    title", "\ttitle", "line 3: a tab stands there; indent with spaces"),
        ("Executive team", "Team: one", "line 3: a colon stands in a text; put the text into"),
        ("title: Exec", "title Exec", "line 3: no colon with a space follows its key; write"),
        ("title: Exec", "title:Exec", "line 3: no colon with a space follows its key; write"),
        ("recipients:", "recipients", "line 5: no colon with a space follows its key; write"),
        ("    scope", "   scope", "line 4: it begins in another column than the lines it belongs"),
        ("    scope", "      scope", "line 4: it begins further to the right than line 3, which"),
        ("Executive team", '"Executive team', "line 3: a quotation mark opens there and is never"),
        ("Executive", "'Chief's'", "line 3: a text goes on behind its quotation mark; put all"),
        ("all", "[all", "line 4: a list opens there with [ and does not end; close it with ]"),
        ("all", "{all: 1", "line 4: a mapping opens there with { and does not end; close it with"),
        ("a@lark", "@lark", "line 6: a text cannot begin with @; put it into quotation marks"),
        ("all", "*all", "line 4: a text cannot begin with *; put it into quotation marks"),
        ("all", "* all", "line 4: a text cannot begin with *; put it into quotation marks"),
        ("all", "&", "line 4: a text cannot begin with &; put it into quotation marks"),
        ("all", "%", "line 4: a text cannot begin with %; put it into quotation marks"),
        ("all", "!all", "line 4: a text cannot begin with !; put it into quotation marks"),
        ("all", ">all", "line 4: a text cannot begin with >; put it into quotation marks"),
        ("all", "{{ all }}", "line 4: a text cannot begin with {; put it into quotation marks"),
        ("all", "all\n    scope: all", "line 5: scope is there more than once"),
        ("all", "a\x00ll", "line 4: a sign that is none of a text (U+0000); delete it"),
        ("  team:", "---\n  team:", "line 2: --- begins a second file there; take that line out"),
        ("    title: ", "    - title\n    tone: ", "line 4: a `key: value` stands among entries"),
    ],
)
def test_what_is_no_yaml_is_told_by_line_and_what_to_write(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    assert old in GOOD
    (tmp_path / "audiences.yml").write_text(GOOD.replace(old, new, 1))
    with pytest.raises(ConfigError) as caught:
        audiences.load(Settings(company_dir=tmp_path), "executive_monthly")
    said = str(caught.value)
    assert f"audiences.yml is not valid YAML: {told}" in said
    assert "\n" not in said
    assert not any(word in said for word in JARGON)


def test_a_day_that_is_none_is_told_as_no_date(tmp_path: Path) -> None:
    (tmp_path / "wellheard.yml").write_text(
        "company: A\nreporting_zone: UTC\nsources: {zendesk: {history_start: 2026-09-31}}\n"
    )
    with pytest.raises(ConfigError, match="history_start: '2026-09-31' is no date"):
        _ = Settings(company_dir=tmp_path).company


def test_a_missing_file_is_told_with_the_one_to_copy(tmp_path: Path) -> None:
    settings = Settings(company_dir=tmp_path, var=tmp_path)
    (tmp_path / "wellheard.yml").write_text("company: A\nreporting_zone: UTC\n")
    [fault] = [
        each
        for each in doctor.examine(settings, offline=True)
        if each.state == "fail" and "audiences.yml" in each.detail
    ]
    pattern = settings.reports / "executive_monthly" / "audiences.yml"
    assert fault.detail == (
        f"{tmp_path / 'audiences.yml'} does not exist; copy {pattern} there and make it your own"
    )
    assert fault.mend == ""
