"""The main job end to end on one machine: simulated vendors, a real Airflow, a local mailbox."""

from __future__ import annotations

import contextlib
import fcntl
import json
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from wellheard import gate, publication, settings
from wellheard.demo import airflow, company_files
from wellheard.demo.processes import Processes, free_ports, running, wait_for_file
from wellheard.errors import ConfigError
from wellheard.periods import Period, Window

TODAY = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
SEED = 7
REQUESTS_PER_MINUTE = 1200  # a plan without tight limits: the demo shows the job, not the waiting

Say = Callable[[str], None]


@dataclass(frozen=True)
class Outcome:
    """What the demo made."""

    verdict: str
    editions: list[Path]
    messages: list[Path]
    seconds: float


def place(base: settings.Settings) -> settings.Settings:
    """The demo's own settings: everything it makes lies in `var/demo`, its today stands still.

    The company's files are made there too, by `services`, unless `base` names a company's own.
    """
    home = base.var / "demo"
    return settings.Settings(
        **base.model_dump()
        | {
            "var": home,
            "company_dir": base.company_dir or company_files.folder(home),
            "editions": home / "editions",
            "lake_url": None,
            "ledger_url": None,
            "today": base.today or TODAY,
        }
    )


def run(
    base: settings.Settings, say: Say, show: Callable[[Outcome], None], *, stay: bool = False
) -> None:
    """Run the demo and show what it made; with `stay`, keep Airflow running until interrupted.

    A finished demo is used again by `stay`; without it everything is made anew. Raises
    WellheardError when a step fails, or another demo runs in the same place.
    """
    demo = place(base)
    finished = demo.var / "finished.json"
    with _alone(demo):
        anew = not (stay and finished.exists())
        if anew and demo.var.exists():
            shutil.rmtree(demo.var)
        began = time.monotonic()
        with services(demo, say) as (processes, api, server):
            if anew:
                outcome = main_job(demo, api, say, began)
                finished.write_text(json.dumps({"verdict": outcome.verdict}))
                show(outcome)
            if stay:
                say(f"Airflow: {server.url}   login: {airflow.USER}   password: {server.password}")
                say("Ctrl-C ends it.")
                with contextlib.suppress(KeyboardInterrupt):
                    _until_interrupted(processes)
                say("ending Airflow; `make up` starts it again on the same data")


@contextmanager
def _alone(demo: settings.Settings) -> Iterator[None]:
    """Hold the place: two demos in it would remove each other's data."""
    demo.var.parent.mkdir(parents=True, exist_ok=True)
    with demo.var.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConfigError(
                f"a demo runs in {demo.var} already: end it (Ctrl-C where it was started), "
                "or set WELLHEARD_VAR to another folder"
            ) from None
        yield


@contextmanager
def services(
    demo: settings.Settings, say: Say
) -> Iterator[tuple[Processes, airflow.Api, airflow.Airflow]]:
    """Simulators, mailbox and Airflow, ready; all ended with the block."""
    today = (demo.today or TODAY).isoformat()
    demo.var.mkdir(parents=True, exist_ok=True)
    if demo.company_dir == company_files.folder(demo.var):
        company_files.furnish(settings.Settings(project=demo.project, company_dir=None), demo.var)
    with running(demo.var / "logs") as processes:
        server = airflow.prepare(
            demo.var / "airflow", demo.project / "dags", free_ports(3), environment(demo)
        )
        say("starting Airflow (scheduler, DAG processor, triggerer, API server) and the simulators")
        processes.start(
            "airflow", [sys.executable, "-m", "airflow", "standalone"], server.environment
        )
        ready = {name: demo.var / f"{name}.ready.json" for name in ("simulators", "mailbox")}
        for file in ready.values():
            file.unlink(missing_ok=True)
        processes.start(
            "simulators",
            [
                *(sys.executable, "-m", "wellheard.demo.simulators.server"),
                *("--seed", str(SEED), "--today", today),
                *("--requests-per-minute", str(REQUESTS_PER_MINUTE)),
                *("--drops", str(company_files.drops(demo.var))),
                *("--ready-file", str(ready["simulators"])),
            ],
            server.environment,
        )
        processes.start(
            "mailbox",
            [
                *(sys.executable, "-m", "wellheard.demo.mailbox"),
                *("--folder", str(demo.var / "mail"), "--ready-file", str(ready["mailbox"])),
            ],
            server.environment,
        )
        vendors = json.loads(wait_for_file(ready["simulators"], processes, 60))
        mailbox = json.loads(wait_for_file(ready["mailbox"], processes, 60))
        say("simulators and mailbox are listening; waiting for Airflow")
        api = airflow.Api(server, processes)
        dags = {f"ingest_{name}" for name in demo.company.enabled_sources}
        api.wait_until_ready(dags | {"metrics", "monthly_report"}, 180, say)
        _connect(api, demo, vendors, mailbox)
        yield processes, api, server


def environment(demo: settings.Settings) -> dict[str, str]:
    """The settings as environment variables, for every process of the demo."""
    variables = {
        "WELLHEARD_PROJECT": str(demo.project),
        "WELLHEARD_VAR": str(demo.var),
        "WELLHEARD_EDITIONS": str(demo.editions),
        "WELLHEARD_TODAY": (demo.today or TODAY).isoformat(),
        "WELLHEARD_PROGRESS": "plain",
    }
    if demo.company_dir:
        variables["WELLHEARD_COMPANY_DIR"] = str(demo.company_dir)
    return variables


def _connect(
    api: airflow.Api,
    demo: settings.Settings,
    vendors: dict[str, str],
    mailbox: dict[str, int],
) -> None:
    # The simulated vendors accept nothing but the accounts they name themselves.
    from wellheard.demo.simulators.server import simulator  # takes a moment; not for --help

    quota = json.dumps({"requests_per_minute": REQUESTS_PER_MINUTE})
    for name in sorted(vendors.keys() - {"pid"}):
        account = simulator(name)(demo.today or TODAY).connection(vendors[name])
        api.add_connection(
            account.id,
            conn_type="http",
            host=account.host,
            login=account.login,
            password=account.password,
            extra=quota,
        )
    api.add_connection(
        demo.company.mail_connection,
        conn_type="smtp",
        host="127.0.0.1",
        port=mailbox["port"],
        extra=json.dumps({"disable_ssl": True, "disable_tls": True}),
    )


def main_job(demo: settings.Settings, api: airflow.Api, say: Say, began: float) -> Outcome:
    """Ingest the history, build, gate, publish, render, deliver - all as Airflow runs."""
    zone, today = demo.company.zone, demo.today or TODAY
    period = Period.of(today, zone).shift(-1)
    for name, config in demo.company.enabled_sources.items():
        start = datetime.combine(config.history_start, datetime.min.time(), tzinfo=UTC)
        history = Window(start, today.replace(hour=0, minute=0, second=0))
        window = f"{history.start:%Y-%m-%d}/{history.end:%Y-%m-%d}"
        say(f"ingest_{name}: landing {window}")
        api.trigger(f"ingest_{name}", window=window)
    for name in demo.company.enabled_sources:
        api.wait_for(f"ingest_{name}", api.runs(f"ingest_{name}")[0]["dag_run_id"], 240, say)
    say("all sources have landed: their assets start metrics")
    api.wait_for("metrics", api.run_of_type("metrics", "asset_triggered", 60), 300, say)
    say(f"monthly_report for {period}")
    run_id = api.trigger("monthly_report", period=str(period), deliver="yes")
    api.wait_for("monthly_report", run_id, 300, say)
    build_id = publication.latest(demo).manifest.build_id
    verdict = gate.load_verdict_of(demo, build_id)
    return Outcome(
        verdict=gate.summary(verdict),
        editions=sorted(demo.editions.rglob("*.pdf")),
        messages=sorted((demo.var / "mail").glob("*.eml")),
        seconds=time.monotonic() - began,
    )


def _until_interrupted(processes: Processes) -> None:
    while True:
        processes.check()
        time.sleep(1)
