"""How a command shows what it does, tells what went wrong, and ends."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import Any, cast

import typer
from rich.console import Console
from rich.markup import escape
from typer.core import TyperGroup

from wellheard import settings
from wellheard.errors import Held, QuotaSpent, WellheardError

# Where nobody looks at a terminal, a table is as wide as it needs to be.
_WIDTH = None if sys.stdout.isatty() else 10_000
out = Console(highlight=False, soft_wrap=True, width=_WIDTH)
err = Console(stderr=True, highlight=False, soft_wrap=True, width=_WIDTH)

# What DuckDB raises instead of KeyboardInterrupt where Ctrl-C meets a running query.
_DUCKDB_INTERRUPTED = "Query interrupted"

# Typer has it, but under no public name.
_UsageError = cast("type[Exception]", typer.BadParameter.__bases__[0])


class Commands(TyperGroup):
    """A call that is not understood ends with 1; Click's 2 would say that the gate holds."""

    def make_context(self, *args: Any, **kwargs: Any) -> Any:
        with _a_usage_error_is_an_error():
            return super().make_context(*args, **kwargs)

    def invoke(self, *args: Any, **kwargs: Any) -> Any:
        with _a_usage_error_is_an_error():
            return super().invoke(*args, **kwargs)


@contextlib.contextmanager
def _a_usage_error_is_an_error() -> Iterator[None]:
    try:
        yield
    except _UsageError as error:
        error.exit_code = 1  # type: ignore[attr-defined]
        raise


@contextlib.contextmanager
def told() -> Iterator[settings.Settings]:
    """Give the settings; print an expected error as its message alone and end with its code."""
    try:
        yield settings.load()
    except WellheardError as error:
        raise typer.Exit(complain(error)) from None
    except BrokenPipeError:
        raise  # whoever read the output has seen enough
    except OSError as error:
        # A step that expects a full disk says more; here, whatever else the machine refused.
        place = f"{error.filename}: " if error.filename else ""
        err.print(
            f"[bold red]error[/] {escape(place + (error.strerror or str(error)))}; what was "
            "finished is kept: mend it (space, permissions, the path), then run the command again"
        )
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        raise typer.Exit(_interrupted()) from None
    except RuntimeError as error:
        if str(error) != _DUCKDB_INTERRUPTED:
            raise
        raise typer.Exit(_interrupted()) from None


def _interrupted() -> int:
    err.print("interrupted; what was finished is kept, run the command again to go on")
    return 130


def complain(error: WellheardError) -> int:
    """Print an expected error; the exit code it means."""
    word = "held" if isinstance(error, Held) else "deferred"
    passing = isinstance(error, Held | QuotaSpent)
    err.print(
        f"{f'[bold yellow]{word}[/]' if passing else '[bold red]error[/]'} {escape(str(error))}"
    )
    for other in getattr(error, "__notes__", ()):
        err.print(escape(other))
    return 2 if passing else 1


@contextlib.contextmanager
def progress(known: settings.Settings) -> Iterator[Callable[[str], None]]:
    """A function that shows what goes on: one live line on a terminal, plain lines elsewhere."""
    if known.progress == "none":
        yield lambda message: None
    elif known.progress == "auto" and out.is_terminal:
        with out.status("") as status:
            yield lambda message: status.update(escape(message))
    else:
        yield lambda message: out.print(escape(message))
