"""A bad file is refused in words that say where and what to do, and nothing of it is landed."""

from __future__ import annotations

import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from file_world import HEADER, JULY, MAPPING, ROW, FileWorld, make_file_world

from wellheard.errors import ConfigError, LandingError, SourceError


@pytest.fixture
def world(tmp_path: Path) -> FileWorld:
    """One good file landed in June; each test then drops a bad one."""
    world = make_file_world(tmp_path)
    world.drop("june.csv", HEADER + ROW)
    world.land()
    return world


def _refused(world: FileWorld, error: type[Exception] = SourceError) -> str:
    """Land July, which must fail; the message, once the lake is seen to be as it was."""
    files, rows = world.lake_files(), world.rows()
    with pytest.raises(error) as caught:
        world.land(JULY)
    assert world.lake_files() == files
    assert world.rows() == rows
    return str(caught.value)


def test_a_missing_column_is_named_beside_those_there_are(world: FileWorld) -> None:
    world.drop("july.csv", "id,when,NPS,text\nr2,01/07/2026 09:00,7,\n")
    message = _refused(world)
    assert "drops/nps [2026-07-01T00:00:00Z .. 2026-08-01T00:00:00Z)" in message
    assert "drops/july.csv: there is no column 'score'" in message
    assert "the file has 'id', 'when', 'NPS', 'text'" in message
    assert "under `columns`" in message


def test_a_wrong_delimiter_is_suspected_where_a_header_is_one_column(world: FileWorld) -> None:
    world.drop("july.csv", "id;when;score;text\nr2;01/07/2026 09:00;7;\n")
    assert 'write `delimiter: ";"`' in _refused(world)


@pytest.mark.parametrize("date", ["31/06/2026 10:00", "2026-06-30 10:00", "soon", "30/06/26 10:00"])
def test_a_wrong_date_is_named_with_its_line_column_and_format(world: FileWorld, date: str) -> None:
    world.drop("july.csv", HEADER + "r2,01/07/2026 09:00,7,\n" + f"r3,{date},7,\n")
    message = _refused(world)
    assert "drops/july.csv: line 3, column 'when': " in message
    assert repr(date) in message
    assert "is not a date of the format '%d/%m/%Y %H:%M'" in message
    assert "`dates.responded_at.format`" in message


def test_an_error_on_a_late_page_leaves_nothing_of_the_earlier_ones(world: FileWorld) -> None:
    good = "".join(f"x{i},01/07/2026 09:00,7,\n" for i in range(2500))
    world.drop("july.csv", HEADER + good + "r3,never,7,\n")
    message = _refused(world)
    assert "page 3: drops/july.csv: line 2502" in message


def test_latin_1_bytes_are_told_with_line_offset_and_a_remedy_that_works(
    world: FileWorld,
) -> None:
    content = (HEADER + ROW.replace("r1", "r2") + "r3,01/07/2026 09:00,7,Très bien\n").encode(
        "latin-1"
    )
    world.drop("july.csv", content)
    message = _refused(world)
    offset = content.index(b"\xe8")
    assert f"drops/july.csv: line 3: byte 0xe8 at offset {offset} is not utf-8" in message
    assert "`encoding: latin-1`" in message
    assert "cp1252" in message
    world.map(MAPPING + "        encoding: latin-1\n")
    world.land(JULY)
    assert world.records()[-1]["comment"] == "Très bien"


def test_an_offset_far_into_a_file_with_a_mark_is_exact(world: FileWorld) -> None:
    rows = "".join(f"x{i},01/07/2026 09:00,7,é\n" for i in range(5000))
    content = b"\xef\xbb\xbf" + (HEADER + rows).encode() + b"y,01/07/2026 09:00,7,\xff\n"
    world.drop("july.csv", content)
    message = _refused(world)
    assert f"line 5002: byte 0xff at offset {content.index(bytes([0xFF]))} " in message


def test_utf_16_is_recognised(world: FileWorld) -> None:
    world.drop("july.csv", (HEADER + ROW).encode("utf-16"))
    assert "write `encoding: utf-16`" in _refused(world)
    world.map(MAPPING + "        encoding: utf-16\n")
    (world.folder / "drops" / "june.csv").unlink()
    assert world.land(JULY).landed == 1


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "the file is empty (0 bytes)"),
        (b"\xef\xbb\xbf", "the file has no header line"),
        (b"\n\n", "the file has no header line"),
    ],
)
def test_an_empty_file_is_refused(world: FileWorld, content: bytes, found: str) -> None:
    world.drop("july.csv", content)
    message = _refused(world)
    assert f"drops/july.csv: {found}" in message
    assert "put the whole file in its place" in message


@pytest.mark.parametrize(
    ("score", "told"),
    [
        ("nine", "'nine' is not a number"),
        ("9,5", "'9,5' is not a number (write `decimal: \",\"`"),
        ("1_0", "'1_0' is not a number"),
        ("nan", "'nan' is not a number"),
        ("1e999", "'1e999' is too large a number"),
    ],
)
def test_a_score_that_is_no_number_is_named(world: FileWorld, score: str, told: str) -> None:
    world.drop("july.csv", HEADER + f'r2,01/07/2026 09:00,"{score}",\n')
    message = _refused(world)
    assert f"drops/july.csv: line 2, column 'score': {told}" in message
    assert "`missing.score`" in message


def test_a_number_of_no_kind_is_not_told_to_have_a_decimal_comma(world: FileWorld) -> None:
    world.map(MAPPING + "        decimal: ','\n")
    world.drop("july.csv", HEADER + 'r2,01/07/2026 09:00,"1.23,4",\n')
    message = _refused(world)
    assert "'1.23,4' is not a number. Mend the file" in message


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        (
            "july.csv",
            b"PK\x03\x04\x14\x00\xff",
            "an Excel workbook or a zip archive; in Excel, save",
        ),
        (
            "july.xlsx",
            b"PK\x03\x04\x14\x00\xff",
            "an Excel workbook or a zip archive; in Excel, sa",
        ),
        ("july.xls", b"\xd0\xcf\x11\xe0\xa1", "an old Excel workbook; save it as 'CSV UTF-8"),
        ("july.csv", b"\x1f\x8b\x08\x00", "the file is packed by gzip; let its name end in .gz"),
    ],
)
def test_a_file_of_another_kind_is_told_by_what_it_is(
    world: FileWorld, name: str, content: bytes, told: str
) -> None:
    world.map(MAPPING.replace("drops/*.csv", "drops/*"))
    (world.folder / "drops" / name).write_bytes(content)
    assert told in _refused(world)


def test_a_line_of_one_field_is_told_as_one(world: FileWorld) -> None:
    world.drop("july.csv", HEADER + "r2,01/07/2026 09:00,7,\nTotal: 1\n")
    assert "line 3: 1 field, but the header has 4" in _refused(world)


@pytest.mark.parametrize("fields", ["r2,01/07/2026 09:00,7", "r2,01/07/2026 09:00,7,a,b"])
def test_a_line_with_too_few_or_too_many_fields_is_refused(world: FileWorld, fields: str) -> None:
    world.drop("july.csv", HEADER + fields + "\n")
    message = _refused(world)
    assert f"line 2: {fields.count(',') + 1} fields, but the header has 4" in message


def test_a_file_cut_off_inside_a_quote_is_refused(world: FileWorld) -> None:
    world.drop("july.csv", HEADER + 'r2,01/07/2026 09:00,7,"It was')
    assert "a quote that is not closed" in _refused(world)


def test_a_gzip_file_cut_off_is_refused(world: FileWorld) -> None:
    world.map(MAPPING.replace("drops/*.csv", "drops/*.csv*"))
    whole = gzip.compress((HEADER + ROW * 1).encode())
    world.drop("july.csv.gz", whole[: len(whole) // 2])
    assert "july.csv.gz: the file is not a whole gzip file" in _refused(world)
    world.drop("july.csv.gz", b"not gzip at all")
    assert "july.csv.gz: the file is not a whole gzip file" in _refused(world)


def test_two_rows_with_one_id_but_other_content_are_refused(world: FileWorld) -> None:
    world.drop("july.csv", HEADER + "r2,01/07/2026 09:00,7,\nr2,02/07/2026 09:00,8,\n")
    message = _refused(world)
    assert "line 3: it has the id of line 2 but other content" in message
    assert "add a column to the mapping's `id`" in message


def test_an_empty_id_is_refused(world: FileWorld) -> None:
    world.drop("july.csv", HEADER + ",01/07/2026 09:00,7,\n")
    assert "line 2, column 'id': it is empty" in _refused(world)


def test_a_mapped_column_that_stands_twice_is_refused(world: FileWorld) -> None:
    world.drop("july.csv", "id,when,score,score,text\nr2,01/07/2026 09:00,7,8,\n")
    assert "the column 'score' stands twice" in _refused(world)


def test_a_time_without_a_zone_is_refused_rather_than_guessed(world: FileWorld) -> None:
    world.map(MAPPING.replace(", zone: Europe/London", ""))
    world.drop("july.csv", HEADER + "r2,01/07/2026 09:00,7,\n")
    message = _refused(world)
    assert "is a time without a zone" in message
    assert "`dates.responded_at.zone`" in message


def test_what_could_identify_a_person_is_not_printed(world: FileWorld) -> None:
    world.drop("july.csv", HEADER + "r2,01/07/2026 09:00,ann@example.org,\n")
    assert "ann@" not in _refused(world)
    world.drop("july.csv", HEADER + "r2,01/07/2026 09:00,+44 7700 900123 call me,\n")
    message = _refused(world)
    assert "900123" not in message
    assert "+44 …" in message


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("july.json", '{"id": "r2"}', "must be one array of objects"),
        ("july.json", "   \n", "the file is empty"),
        ("july.json", '[{"id": "r2"}', "record 2 is not whole JSON"),
        (
            "july.json",
            '[{"id": "r2", "when": "01/07/2026 09:00", "text": ""}]',
            "no column 'score'",
        ),
        ("july.json", "[1]", "record 1 is int, not an object"),
        ("july.json", "[] []", "something follows the array's end, after record 0"),
        ("july.json", '[{"id": "r2"} {"id": "r3"}]', "expected a comma"),
        ("july.jsonl", '{"id": "r2"\n', "line 1 is not JSON"),
        ("july.jsonl", "\n\n", "the file holds no line"),
        ("july.jsonl", '{"id": NaN}\n', "line 1 is not JSON"),
        ("july.jsonl", "[1]\n", "line 1 is list, not an object"),
        ("july.parquet", "PAR1 and no more", "not whole Parquet"),
        ("july.dat", "x", "write `format: csv`"),
    ],
)
def test_other_formats_are_refused_in_words_too(
    world: FileWorld, name: str, content: str, told: str
) -> None:
    world.map(MAPPING.replace("drops/*.csv", "drops/*"))
    world.drop(name, content)
    message = _refused(world)
    assert f"drops/{name}: " in message
    assert told in message


def test_a_column_missing_from_parquet_is_named(world: FileWorld) -> None:
    world.map(MAPPING.replace("drops/*.csv", "drops/*"))
    pq.write_table(pa.table({"id": ["r2"], "score": [9]}), world.folder / "drops" / "july.parquet")
    assert "there is no column 'text', 'when'; the file has 'id', 'score'" in _refused(world)


def test_a_file_that_changes_while_it_is_read_is_refused(
    world: FileWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    from wellheard.sources import file as file_source

    path = world.drop("july.csv", HEADER + "r2,01/07/2026 09:00,7,\n")
    read_rows = file_source.read_rows

    def read_while_it_grows(*arguments: object, **options: object) -> object:
        with path.open("a") as growing:
            growing.write("r3,02/07/2026 09:00,7,\n")
        return read_rows(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(file_source, "read_rows", read_while_it_grows)
    assert "drops/july.csv: the file changed while it was read" in _refused(world)


def test_a_file_that_is_not_there_is_named_with_the_key_to_correct(world: FileWorld) -> None:
    world.map(MAPPING.replace("drops/*.csv", "drops/july.csv"))
    message = _refused(world)
    assert "drops/july.csv does not exist" in message
    assert "streams.nps.files" in message


def test_a_folder_that_is_not_there_is_named(world: FileWorld) -> None:
    world.map(MAPPING.replace("drops/*.csv", "inbox/new/*.csv"))
    message = _refused(world)
    assert "inbox/new does not exist" in message
    assert "streams.nps.files" in message


def test_landing_again_without_a_file_landed_before_is_refused(world: FileWorld) -> None:
    path = world.drop("july.csv", HEADER + "r2,01/07/2026 09:00,7,\n")
    world.land(JULY)
    path.unlink()
    message = _refused(world, LandingError)
    assert "drops/july.csv was landed by this window and is gone" in message
    assert "Put the file back" in message


def test_landing_again_after_a_landed_file_was_changed_is_refused(world: FileWorld) -> None:
    world.drop("july.csv", HEADER + "r2,01/07/2026 09:00,7,\n")
    world.land(JULY)
    world.drop("july.csv", HEADER + "r2,01/07/2026 09:00,8,\n")
    assert "drops/july.csv" in _refused(world, LandingError)


def test_a_damaged_manifest_of_another_window_is_named_before_anything_is_landed(
    world: FileWorld,
) -> None:
    # Without it nobody can tell which files are landed already.
    (manifest,) = (world.settings.var / "lake").rglob("manifest.json")
    manifest.write_text("{")
    with pytest.raises(LandingError, match=r"manifest\.json is damaged"):
        world.land(JULY)
    assert len(world.lake_files()) == 2


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("contract: feedback", "contract: feedbacks"), "streams.nps.contract"),
        (("score: score", "points: score"), "columns.points: feedback has no such column; it has"),
        (("score: score, ", ""), "missing.score: the column is not under columns"),
        (("nps}", 'nps, score: "7"}'), "score is under columns and under constants; keep one"),
        (("survey_id: relationship, ", ""), "feedback needs survey_id"),
        (("Europe/London", "Europe/Lindon"), "unknown time zone 'Europe/Lindon'"),
        (("%d/%m/%Y %H:%M", "%d/%m %H:%M"), "does not give day, month and year"),
        (("%d/%m/%Y %H:%M", "%d/%m/%Y %I:%M"), "does not give day, month and year"),
        (("%d/%m/%Y %H:%M", "DD/MM/YYYY"), "does not give day, month and year"),
        (
            ("        id: id\n", "        id: id\n        encoding: utf-9\n"),
            "unknown encoding 'utf-9'",
        ),
        (
            ("        id: id\n", "        id: id\n        encoding: base64\n"),
            "unknown encoding 'base64'",
        ),
        (("        id: id\n", "        id: id\n        delimiter: ';;'\n"), "is not one character"),
        (("        id: id\n", "        id: id\n        colums: {}\n"), "streams.nps.colums"),
        (("        id: id\n", "        id: id\n        id: when\n"), "the key 'id' stands twice"),
        (("nps}", "nps, weight: heavy}"), "constants.weight: 'heavy' is not a number"),
        (("dates: {responded_at:", "dates: {comment:"), "does not hold a time or a date"),
        (("      nps:", "      NPS 1:"), "streams.NPS 1"),
        (("streams:", "stream:"), "streams: is missing"),
    ],
)
def test_a_mapping_that_cannot_be_meant_is_refused_with_its_key(
    world: FileWorld, change: tuple[str, str], told: str
) -> None:
    assert change[0] in MAPPING
    world.map(MAPPING.replace(*change))
    message = _refused(world, ConfigError)
    assert str(world.folder / "mapping.yml") in message
    assert told in message


def test_a_mapping_that_is_not_there_or_not_yaml_is_named(world: FileWorld) -> None:
    world.map("streams: [")
    assert "mapping.yml is not valid YAML" in _refused(world, ConfigError)
    (world.folder / "mapping.yml").unlink()
    assert "mapping.yml does not exist" in _refused(world, ConfigError)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ("kind: file", "sources.drops: mapping: is missing"),
        ("kind: file, mapping: mapping.yml, maping: x", "sources.drops: maping: "),
        ("kind: files, mapping: mapping.yml", "sources.drops.kind: there is no connector 'files'"),
    ],
)
def test_a_wrong_option_is_named_with_the_file_and_the_key(
    world: FileWorld, options: str, told: str
) -> None:
    (world.folder / "wellheard.yml").write_text(
        "company: Testers\nreporting_zone: Europe/London\n"
        f"sources:\n  drops: {{{options}, history_start: 2026-06-01}}\n"
    )
    world.settings.__dict__.pop("company", None)
    message = _refused(world, ConfigError)
    assert str(world.folder / "wellheard.yml") in message
    assert told in message
