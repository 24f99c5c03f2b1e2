"""However the demo ends, nothing it started goes on running."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

ENDED = 30  # seconds; processes are asked first, for ten
# As people run it. With `-m`, Python ends itself by the signal, whatever became of the interrupt,
# where that meets a data class being made while a module is read.
DEMO = [str(Path(sys.executable).with_name("wellheard")), "demo"]
STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
time.sleep(600)
"""
STARTS = f"""
import os, sys, time
from pathlib import Path
from wellheard.demo.processes import running
with running(Path(sys.argv[1]), patience=1) as processes:
    processes.start("stubborn", [sys.executable, "-c", {STUBBORN!r}], os.environ)
    time.sleep(600)
"""


def of(place, count=0, seconds=60.0):
    """The processes that work for the place; waits until there are so many."""
    deadline = time.monotonic() + seconds
    while True:
        found = []
        for process in psutil.process_iter():
            try:
                if process.environ().get("WELLHEARD_VAR", "").startswith(str(place)):
                    found.append(process)
            except psutil.Error:
                continue  # it has just ended
        if len(found) >= count or time.monotonic() > deadline:
            return found
        time.sleep(0.2)


def nobody_is_left(place, seconds=ENDED):
    deadline = time.monotonic() + seconds
    while left := of(place):
        if time.monotonic() > deadline:
            return [" ".join(process.cmdline()) for process in left]
        time.sleep(0.2)
    return []


@pytest.fixture
def place(tmp_path):
    """A folder with a space in its name; what still works for it is ended afterwards."""
    folder = tmp_path / "a place"
    folder.mkdir()
    yield folder
    for process in of(folder):
        process.kill()


def start(place, command, **options):
    return subprocess.Popen(
        command,
        env={**os.environ, "WELLHEARD_VAR": str(place)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        **options,
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_even_a_stubborn_child_and_its_child_end_with_who_started_them(place, number):
    parent = start(place, [sys.executable, "-c", STARTS, str(place)])
    # The parent, its guard, the child and the grandchild.
    assert len(of(place, 4)) == 4
    parent.send_signal(number)
    assert nobody_is_left(place) == []
    parent.communicate()


def test_a_signal_that_comes_while_a_process_is_being_started_waits_until_it_is_known(place):
    code = STARTS.replace(
        "with running",
        "import signal, subprocess\n"
        "begin = subprocess.Popen\n"
        "def interrupted(*given, **more):\n"
        "    process = begin(*given, **more)\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "    return process\n"
        "subprocess.Popen = interrupted\n"
        "with running",
    )
    parent = start(place, [sys.executable, "-c", code, str(place)])
    said, _ = parent.communicate(timeout=ENDED)
    assert "KeyboardInterrupt" in said
    assert nobody_is_left(place, seconds=2) == []


def test_what_is_started_with_nohup_outlives_its_terminal(place):
    parent = start(place, ["nohup", sys.executable, "-c", STARTS, str(place)])
    assert len(of(place, 4)) == 4
    parent.send_signal(signal.SIGHUP)
    time.sleep(1)
    assert parent.poll() is None
    parent.terminate()
    parent.communicate()
    assert nobody_is_left(place) == []


@pytest.mark.airflow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_demo_leaves_no_airflow_and_no_simulator_behind(place, number):
    demo = start(place, DEMO)
    # The demo, its guard, the simulators, the mailbox, standalone and two components or more.
    assert len(of(place, 7)) >= 7
    demo.send_signal(number)
    said, _ = demo.communicate(timeout=ENDED)
    assert nobody_is_left(place) == []
    if number == signal.SIGINT:
        assert demo.returncode == 130, said
        assert "nothing is left running" in said


@pytest.mark.airflow
def test_a_second_demo_in_the_same_place_is_refused_and_touches_nothing(place):
    first = start(place, DEMO)
    assert len(of(place, 4)) >= 4
    kept = place / "demo" / "airflow" / "passwords.json"
    assert kept.exists()
    second = start(place, DEMO)
    said, _ = second.communicate(timeout=60)
    assert second.returncode == 1
    assert "runs in" in said
    assert "already" in said
    assert kept.exists()
    first.terminate()
    first.communicate(timeout=ENDED)
    assert nobody_is_left(place) == []
