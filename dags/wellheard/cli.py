"""`wellheard ...`: each step of the way alone, without Airflow, by the same code.

Exit codes: 0 done; 1 an error, told in words; 2 nothing is broken, but the gate or a late source
holds the report, or a message has not reached its recipient.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

import typer
from rich.markup import escape
from rich.table import Table

from wellheard import connections, coverage, ingest, settings
from wellheard.console import Commands, complain, err, out, progress, told
from wellheard.errors import ConfigError, WellheardError
from wellheard.lake import as_lake
from wellheard.periods import Period, Window

app = typer.Typer(
    cls=Commands,
    help="Customer-experience reporting that can be trusted. "
    "Ends with 0: done; 1: an error; 2: held by the gate or a late source, not delivered, or "
    "deferred because a vendor's quota for the day is spent.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
REPORT = "executive_monthly"

ReportName = Annotated[str, typer.Option("--report", help="The report's folder in reports/")]
Month = Annotated[str, typer.Option("--period", help="The month, YYYY-MM")]
AudienceName = Annotated[
    str | None, typer.Option("--audience", help="One audience of audiences.yml; all by default")
]


@app.command()
def demo(
    stay: Annotated[bool, typer.Option(help="Keep Airflow running on the demo's data")] = False,
) -> None:
    """Run the main job for a made-up company, in a real Airflow on this machine."""
    from wellheard.demo import run as demo_run

    began = datetime.now(UTC)

    def say(message: str) -> None:
        seconds = (datetime.now(UTC) - began).total_seconds()
        out.print(f"[dim]{seconds:5.0f} s[/]  {escape(message)}")

    def show(outcome: demo_run.Outcome) -> None:
        out.print(f"\n[bold]The gate said[/]\n{escape(outcome.verdict)}")
        out.print("\n[bold]Editions[/]")
        for edition in outcome.editions:
            out.print(escape(f"  {edition}"))
        out.print(f"\n[bold]Delivered[/]: {len(outcome.messages)} messages, one per recipient")
        for message in outcome.messages:
            out.print(escape(f"  {message}"))
        kept = "" if stay else " `make up` keeps Airflow running on this data."
        out.print(f"\nDone in {outcome.seconds:.0f} s.{kept}")

    with told() as known:
        try:
            demo_run.run(known, say, show, stay=stay)
        except KeyboardInterrupt:
            err.print("interrupted; nothing is left running, the next demo starts afresh")
            raise typer.Exit(130) from None


@app.command("ingest")
def ingest_command(
    source: Annotated[str, typer.Argument(help="A source of wellheard.yml")],
    window: Annotated[
        str | None,
        typer.Option(
            help="Read this again and replace what was landed of it: START/END in UTC, end "
            "excluded; by default, land what is missing from the watermark to today"
        ),
    ] = None,
    stream: Annotated[list[str] | None, typer.Option(help="Only this stream (repeatable)")] = None,
) -> None:
    """Land one window of a source; a long one slice by slice, behind what is landed already."""
    with told() as known, progress(known) as say:
        now, found = known.now(), ingest.configured(known, source)
        midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        yesterday = Window(midnight - timedelta(days=1), midnight)
        chosen = (
            Window.parse(window)
            if window
            else coverage.next_window(as_lake(known), found, yesterday)
        )
        connection = (
            connections.from_environment(found.connection_id) if found.connection_id else None
        )
        manifests = ingest.ingest(
            known,
            source,
            chosen,
            connection=connection,
            extracted_at=now,
            streams=stream or None,
            repair=window is not None,
            progress=say,
            notice=lambda text: err.print(f"[bold yellow]drift[/] {escape(text)}"),
        )
        if not manifests:
            out.print(f"{source} {chosen}: all of it is landed")
        for one in manifests:
            out.print(
                f"{source}/{one.stream} {one.window}: {one.sent:,} sent, {one.landed:,} landed, "
                f"{one.distinct:,} distinct, {one.pages} pages"
            )


@app.command()
def build(
    force: Annotated[bool, typer.Option(help="Run dbt even if nothing changed")] = False,
    full: Annotated[bool, typer.Option(help="Make everything anew, not what changed")] = False,
) -> None:
    """Build the warehouse from the lake with dbt."""
    from wellheard import warehouse

    with told() as known:
        with progress(known) as say:
            built = warehouse.build(
                known, progress=say, force=force, full=full, today=known.now().date()
            )
        out.print(escape(f"build {built.id}: {built.folder}"))


@app.command("gate")
def gate_command() -> None:
    """Check the current build; prints the verdict, ends with code 2 on HOLD."""
    from wellheard import gate, warehouse

    with told() as known:
        with progress(known) as say:
            say("checking the build with Great Expectations")
            verdict = gate.evaluate(known, warehouse.current(known), as_of=known.now())
        out.print(escape(gate.summary(verdict)))
        if verdict.word == "HOLD":
            raise typer.Exit(2)


@app.command("publish")
def publish_command() -> None:
    """Freeze the reporting tables of the current build, if the gate let it pass."""
    from wellheard import gate, publish, warehouse

    with told() as known:
        built = warehouse.current(known)
        verdict = gate.load_verdict(known, built)
        publication = publish.publish(known, built, verdict, published_at=known.now())
        out.print(escape(f"publication {publication.id}: {publication.folder}"))


@app.command()
def render(period: Month, audience: AudienceName = None, report: ReportName = REPORT) -> None:
    """Make the month's editions from the latest publication."""
    from wellheard import steps

    with told() as known, progress(known) as say:
        Period.parse(period)
        for name, attempt in _each(known, report, audience):
            with attempt:
                say(f"rendering {report} {period} for {name}")
                edition = steps.make_edition(known, report, period, name)
                out.print(escape(f"{name} r{edition.revision}: {edition.folder / 'report.pdf'}"))


@app.command()
def deliver(
    period: Month,
    audience: AudienceName = None,
    report: ReportName = REPORT,
    resend_unknown: Annotated[
        bool,
        typer.Option(
            help="Send again where it is not known whether the last try arrived; "
            "the recipient may then get it twice"
        ),
    ] = False,
) -> None:
    """Send the month's editions, one message per recipient, each only once."""
    from wellheard import steps

    with told() as known, progress(known) as say:
        Period.parse(period)
        mail = connections.from_environment(known.company.mail_connection)
        troubled = False
        for name, attempt in _each(known, report, audience):
            with attempt:
                done = steps.deliver_edition(
                    known,
                    report,
                    period,
                    name,
                    connection=mail,
                    resend_unknown=resend_unknown,
                    progress=say,
                )
                for one in done:
                    out.print(escape(f"{name}: {one.recipient} {one.told}"))
                    troubled = troubled or one.state in {"refused", "unknown", "deferred"}
        if troubled:
            raise typer.Exit(2)


@app.command()
def approve(
    period: Month,
    audience: Annotated[str, typer.Option("--audience")],
    by: Annotated[str, typer.Option("--by", help="Who has read the edition and lets it go")],
    report: ReportName = REPORT,
    revision: Annotated[int | None, typer.Option(help="The latest by default")] = None,
) -> None:
    """Let an edition be sent whose audience asks for approval."""
    from wellheard import delivery, steps

    with told() as known:
        edition = steps.find_edition(known, report, period, audience, revision)
        approval = delivery.approve(known, edition, by=by, now=known.now())
        out.print(f"{approval.key}: approved by {escape(approval.approved_by)}")


@app.command()
def resolve(
    period: Month,
    audience: Annotated[str, typer.Option("--audience")],
    recipient: Annotated[str, typer.Option("--recipient")],
    outcome: Annotated[
        Literal["received", "resend"],
        typer.Option(help="received: they have it; resend: they do not, send it next time"),
    ],
    by: Annotated[str, typer.Option("--by", help="Who found out")],
    report: ReportName = REPORT,
    revision: Annotated[int | None, typer.Option(help="The latest by default")] = None,
) -> None:
    """Say what became of a message whose arrival is unknown, or that was refused."""
    from wellheard import steps
    from wellheard.delivery.ledger import EditionKey, open_ledger
    from wellheard.delivery.message import edition_key

    with told() as known:
        Period.parse(period)
        if revision is None:
            key = edition_key(steps.find_edition(known, report, period, audience))
        else:  # the archive may have set that edition aside; its messages went out all the same
            key = EditionKey(report, period, audience, revision)
        open_ledger(known.ledger).resolve(
            key,
            recipient,
            outcome,
            by=by,
            at=known.now(),
            waiting=lambda: err.print(f"{key} is being delivered now; waiting"),
        )
        out.print(f"{key} {escape(recipient)}: {outcome}")


@app.command()
def status() -> None:
    """What is landed, built, published, archived and delivered."""
    from wellheard import overview

    with told() as known:
        for title, columns, rows in overview.sections(known):
            table = Table(title=escape(title), title_justify="left", title_style="bold", box=None)
            for column in columns:
                table.add_column(column)
            for row in rows:
                table.add_row(*(escape(cell) for cell in row))
            out.print(table if rows else f"[bold]{escape(title)}[/]\n  none")
            out.print()


@app.command()
def lake(
    source: Annotated[str | None, typer.Argument()] = None,
    windows: Annotated[bool, typer.Option(help="Every window, not their sums alone")] = False,
) -> None:
    """What is landed of each stream: windows, counts, watermark, gaps and fields that changed type.

    Beside each gap stands the command that lands it.
    """
    from wellheard import overview

    with told() as known:
        if source is not None:
            ingest.configured(known, source)
        found = overview.lake(known, source, every_window=windows)
        table = Table(*found.columns, box=None)
        for row in found.rows:
            table.add_row(*(escape(cell) for cell in row))
        out.print(table)
        for line in found.gaps:
            out.print(f"[yellow]gap[/] {escape(line)}")
        for line in found.drift:
            out.print(f"[yellow]drift[/] {escape(line)}")


@app.command("new-source")
def new_source_command(
    name: Annotated[str, typer.Argument(help="Lower-case; the same everywhere, e.g. qualtrics")],
    contract: Annotated[
        Literal["feedback", "cases"], typer.Option(help="What it brings: survey answers or cases")
    ] = "feedback",
    title: Annotated[str | None, typer.Option(help="The vendor's name as people write it")] = None,
) -> None:
    """Write the skeleton of a new source: connector, models, simulator, fixture, test, rows."""
    from wellheard import new_source

    with told() as known:
        made_up = " ".join(word.capitalize() for word in name.split("_"))
        for path in new_source.create(known, name, title or made_up, contract):
            shown = path.relative_to(known.project) if path.is_relative_to(known.project) else path
            out.print(escape(str(shown)))
        tests = f"tests/core tests/torture tests/contracts tests/sources/test_{name}.py -k {name}"
        out.print(f'It runs as it is; what is missing says: make test TESTS="{tests}"')


@app.command()
def metrics(
    write: Annotated[bool, typer.Option("--write", help="Write docs/metrics.md instead")] = False,
) -> None:
    """Print how each metric is defined, in Markdown: unit, interval and whose definition it is."""
    from wellheard import metric_catalogue

    with told() as known:
        own = known.seeds / "metrics.csv"
        seed = own if own.exists() else known.dbt_project / "seeds" / "metrics.csv"
        text = metric_catalogue.page(seed)
        if not write:
            sys.stdout.write(text)
            return
        path = known.dbt_project.parent / "docs" / "metrics.md"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        out.print(escape(f"wrote {path}"))


@app.command()
def doctor(
    offline: Annotated[bool, typer.Option(help="Do not try the connections")] = False,
) -> None:
    """Say what is missing on the machine or in the configuration, and how to mend it."""
    from wellheard import doctor as examination

    with told() as known:
        findings = examination.examine(known, offline=offline)
        marks = {"ok": "[green]ok  [/]", "warn": "[yellow]warn[/]", "fail": "[red]FAIL[/]"}
        for finding in findings:
            out.print(f"{marks[finding.state]} {escape(finding.subject)}: {escape(finding.detail)}")
            if finding.mend:
                out.print(f"     [dim]mend:[/] {escape(finding.mend)}")
        if any(finding.state == "fail" for finding in findings):
            raise typer.Exit(1)


def _each(
    known: settings.Settings, report: str, audience: str | None
) -> Iterator[tuple[str, contextlib.AbstractContextManager[None]]]:
    """Every audience asked for, with a block that tells its error and lets the others go on.

    Ends with exit code 1 when any had an error, with 2 when any was held.
    """
    told_of: dict[str, int] = {}

    @contextlib.contextmanager
    def attempt() -> Iterator[None]:
        try:
            yield
        except WellheardError as error:
            if str(error) not in told_of:  # what is wrong for all is said once
                told_of[str(error)] = complain(error)

    for name in _audiences(known, report, audience):
        yield name, attempt()
    if told_of:
        raise typer.Exit(min(told_of.values()))


def _audiences(known: settings.Settings, report: str, audience: str | None) -> list[str]:
    from wellheard import audiences

    names = [one.name for one in audiences.load(known, report)]
    if audience is None:
        return names
    if audience not in names:
        raise ConfigError(
            f"audience {audience!r} is not in {known.audiences_file(report)}; "
            f"there are {', '.join(names)}"
        )
    return [audience]


if __name__ == "__main__":
    app()
