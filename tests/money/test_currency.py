"""The currency of account values, as the company writes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from wellheard.errors import ConfigError
from wellheard.settings import Company, Settings, read_yaml_as


def company(folder: Path, more: str) -> Company:
    path = folder / "wellheard.yml"
    path.write_text(f"company: Small\nreporting_zone: UTC\n{more}")
    return read_yaml_as(Company, path)


def test_a_company_may_name_its_currency_or_none(tmp_path: Path) -> None:
    assert company(tmp_path, "currency: EUR\n").currency == "EUR"
    assert company(tmp_path, "").currency is None
    assert Settings().company.currency == "GBP"


@pytest.mark.parametrize("written", ["euro", "€", "eur", "EURO"])
def test_a_word_that_is_no_currency_code_says_what_to_write(tmp_path: Path, written: str) -> None:
    with pytest.raises(ConfigError, match=r"currency: .*three capitals like GBP"):
        company(tmp_path, f"currency: {written}\n")
