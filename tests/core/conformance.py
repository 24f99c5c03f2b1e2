"""What a source has to have, as a list of checks; each says in words what is still missing.

One name per source, the same everywhere: module, simulator, staging folder, fixture, tests, README.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from wellheard.demo import simulators
from wellheard.demo.simulators.clock import SimulatedClock
from wellheard.demo.simulators.serving import serve
from wellheard.errors import AccessDenied, WellheardError
from wellheard.new_source import PLACEHOLDER
from wellheard.periods import Window
from wellheard.sources import registry
from wellheard.sources.base import Request, Stream

PROJECT = Path(__file__).resolve().parents[2]
STAGING = PROJECT / "dbt_project" / "models" / "staging"
NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
DAY = Window(datetime(2026, 10, 30, tzinfo=UTC), datetime(2026, 10, 31, tzinfo=UTC))


def missing(name: str) -> list[str]:
    """What a source still lacks, a sentence each; empty when it is complete."""
    return [sentence for check in CHECKS for sentence in check(name)]


def streams_of(name: str) -> tuple[Stream, ...]:
    source = registry()[name]
    simulator = simulators.registry().get(name)
    options = simulator(NOW).options() if simulator else {}
    return source.streams(source.options.model_validate(options))


def contracts_of(name: str) -> list[str]:
    """The contract tables a source feeds, told by its models' names."""
    return sorted(
        path.stem.removeprefix("int_").removesuffix(f"__{name}")
        for path in (STAGING / name).glob(f"int_*__{name}.sql")
    )


def models(name: str) -> Iterator[str]:
    """A model for every stream, at least one contract table fed, all of them described."""
    folder = STAGING / name
    for stream in streams_of(name):
        if not (folder / f"stg_{name}__{stream.name}.sql").exists():
            yield f"write {shown(folder)}/stg_{name}__{stream.name}.sql for stream {stream.name}"
    if not contracts_of(name):
        yield f"write {shown(folder)}/int_<contract>__{name}.sql for what it feeds"
    described = folder / f"_{name}.yml"
    if not described.exists():
        yield f"describe the models in {shown(described)}"
        return
    content = yaml.safe_load(described.read_text(encoding="utf-8"))
    tables = {table["name"] for source in content.get("sources", []) for table in source["tables"]}
    for stream in streams_of(name):
        if f"{name}__{stream.name}" not in tables:
            yield f"name the table {name}__{stream.name} under sources in {shown(described)}"
    known = {model["name"]: model for model in content.get("models", [])}
    for path in sorted(folder.rglob("*.sql")):
        model = known.get(path.stem)
        if model is None:
            yield f"describe {path.stem} in {shown(described)}"
        elif not model.get("description", "").strip().startswith("One row per"):
            yield f"begin the description of {path.stem} in {shown(described)} with One row per"
        elif path.stem.startswith("stg_") and "unique_together" not in str(model):
            yield f"test the key of {path.stem} with unique_together in {shown(described)}"


def simulator(name: str) -> Iterator[str]:
    """A simulator on which a good read works and a wrong login is refused in the vendor's words."""
    vendor = simulators.registry().get(name)
    path = f"dags/wellheard/demo/simulators/{name}.py"
    if vendor is None:
        yield f"write {path}, which ends in SIMULATOR = <its class> with NAME = {name!r}"
        return
    if not vendor.CLOCKS:
        yield f"name the change clock of every windowed stream in CLOCKS of {path}"
        return
    made = vendor(NOW)
    stream = next(stream for stream in streams_of(name) if stream.name in vendor.CLOCKS)
    made.put(stream.name, 1, DAY.start + timedelta(hours=1))
    refusals = _Refusals(made.app)
    with serve(refusals) as url:
        connection = made.connection(url)
        source = registry()[name]
        request = Request(
            source=name,
            stream=stream,
            window=DAY,
            options=source.options.model_validate(made.options()),
            connection=replace(connection, password=_another(connection.password)),
            extracted_at=NOW,
            progress=lambda message: None,
        )
        try:
            for _ in source.read(request, SimulatedClock().pace()):  # type: ignore[call-arg]
                pass
        except AccessDenied:
            if not all(body.strip(b"{}[] \n") for body in refusals.bodies):
                yield f"give the answer to a wrong login in {path} the vendor's own error body"
        except WellheardError as error:
            yield (
                f"a wrong login in {path} must end as AccessDenied, not: {error}; the simulator "
                "has to serve the path and take the parameters that the connector asks with"
            )
        else:
            yield f"let {path} refuse a wrong login with 401 and the vendor's own error body"


class _Refusals:
    """Keeps the bodies of the answers 401 and 403 that go by."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.bodies: list[bytes] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refused = False

        async def noted(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start":
                refused = message["status"] in (401, 403)
            elif refused:
                self.bodies.append(message.get("body", b""))
            await send(message)

        await self._app(scope, receive, noted)


def fixture(name: str) -> Iterator[str]:
    """Records of every stream, and the rows expected of them in every contract table it feeds."""
    path = PROJECT / "tests" / "fixtures" / f"{name}.json"
    if not path.exists():
        yield f"write {shown(path)}: the vendor's records and the rows they become"
        return
    content = json.loads(path.read_text(encoding="utf-8"))
    for stream in streams_of(name):
        if not content.get("records", {}).get(stream.name) and stream.name in _clocks(name):
            yield f"put records of the stream {stream.name} into {shown(path)}"
    for contract in contracts_of(name):
        if not content.get("contracts", {}).get(contract):
            yield f"write the rows that {contract} is to hold into {shown(path)}, by hand"


def tests(name: str) -> Iterator[str]:
    if not any((PROJECT / "tests" / "sources").glob(f"test_{name}*.py")):
        yield f"write tests/sources/test_{name}.py about what is particular to the vendor"


def documentation(name: str) -> Iterator[str]:
    """A README row that says what it lands and how to connect."""
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    rows = [line for line in readme.splitlines() if line.startswith(f"| `{name}` |")]
    if not rows:
        yield f"add the row | `{name}` | what it lands | connection | to the sources in README.md"
        return
    lands, _, connection = rows[0].strip().strip("|").partition("|")[2].partition("|")
    if not lands.strip():
        yield f"say in the row of {name} in README.md what it lands"
    if "password" not in connection:
        yield f"say in the row of {name} in README.md what its connection needs"


def placeholders(name: str) -> Iterator[str]:
    """What the skeleton leaves to be said."""
    files = [
        PROJECT / "dags" / "wellheard" / "sources" / f"{name}.py",
        PROJECT / "dags" / "wellheard" / "demo" / "simulators" / f"{name}.py",
        PROJECT / "tests" / "fixtures" / f"{name}.json",
        *(STAGING / name).rglob("*.*"),
    ]
    for path in filter(Path.exists, files):
        text = path.read_text(encoding="utf-8")
        if PLACEHOLDER in text:
            yield f"replace {PLACEHOLDER} in {shown(path)}"
        if host := re.search(rf"api\.{name}\.invalid", text):
            yield f"put the vendor's own host in the place of {host[0]} in {shown(path)}"
    rows = [PROJECT / "README.md", *(PROJECT / "dbt_project" / "seeds").glob("*.csv")]
    for path in rows:
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith((f"{name},", f"| `{name}` |")) and PLACEHOLDER in line:
                yield f"replace {PLACEHOLDER} in the row of {name} in {shown(path)}"


CHECKS: tuple[Callable[[str], Iterator[str]], ...] = (
    models,
    simulator,
    fixture,
    tests,
    documentation,
    placeholders,
)


def shown(path: Path) -> str:
    return str(path.relative_to(PROJECT))


def _clocks(name: str) -> set[str]:
    vendor = simulators.registry().get(name)
    return set(vendor.CLOCKS) if vendor else set()


def _another(secret: str) -> str:
    """A secret of the same kind that is not the right one."""
    if not secret.startswith("-----BEGIN"):
        return f"not-{secret}"
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    known = serialization.load_pem_private_key(secret.encode(), None)
    made: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
    if isinstance(known, ec.EllipticCurvePrivateKey):
        made = ec.generate_private_key(known.curve)
    else:
        made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return made.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
