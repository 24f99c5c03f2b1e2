"""A clean environment for every test."""

import os
import signal
import subprocess
import threading

import pytest


@pytest.fixture(autouse=True, scope="session")
def _no_settings_of_the_developer():
    """What a developer's shell says about Wellheard or Airflow is nothing to the tests."""
    for name in [n for n in os.environ if n.startswith(("WELLHEARD_", "AIRFLOW", "DBT_"))]:
        del os.environ[name]


def pytest_configure():
    """Started in the background (nohup, &), a shell has SIGINT and SIGHUP ignored for all below.

    The processes of the tests are to end by them all the same.
    """
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGHUP):
            if signal.getsignal(number) is signal.SIG_IGN:
                signal.signal(number, signal.SIG_DFL)


@pytest.fixture
def small_disk():
    """`mount(folder, size)` makes a folder a file system of that size; again, it is resized."""
    mounted = []

    def mount(folder, size):
        folder.mkdir(parents=True, exist_ok=True)
        options = f"remount,size={size}" if folder in mounted else f"size={size}"
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            pytest.skip(f"no small disk can be mounted here: {done.stderr.strip()}")
        if folder not in mounted:
            mounted.append(folder)

    yield mount
    for folder in mounted:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
