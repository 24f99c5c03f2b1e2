"""The system libraries WeasyPrint needs: tell whether they are there, install them when root.

Standard library alone: `make` runs this file with the system's Python before anything is installed.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys

# Debian package -> the shared library WeasyPrint loads from it. Without the last one it still
# works, but falls back to a font subsetter ten times slower.
LIBRARIES = {
    "libpango-1.0-0": "libpango-1.0.so.0",
    "libpangoft2-1.0-0": "libpangoft2-1.0.so.0",
    "libharfbuzz-subset0": "libharfbuzz-subset.so.0",
}


def missing_libraries() -> list[str]:
    """The Debian packages whose library cannot be loaded."""
    missing = []
    for package, library in LIBRARIES.items():
        try:
            ctypes.CDLL(library)
        except OSError:
            missing.append(package)
    return missing


def install_command(packages: list[str]) -> str:
    """The command that installs them on Debian."""
    return f"apt-get update && apt-get install --yes --no-install-recommends {' '.join(packages)}"


def ensure(packages: list[str]) -> int:
    """Install the packages when root on Debian, else print the exact command; 0 if all is well."""
    if not packages:
        return 0
    command = install_command(packages)
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        print("Wellheard needs system packages. Run this, then try again:\n")
        print(f"  sudo sh -c '{command}'\n")
        return 1
    print(f"Installing system packages: {' '.join(packages)}", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(command, shell=True, env=environment, capture_output=True, text=True)
    if done.returncode:
        print(f"{command}\nfailed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.returncode


def _venv_package() -> list[str]:
    """Debian splits venv from Python; the package that brings it, when it is missing."""
    try:
        import ensurepip  # noqa: F401 - asked for, not used
    except ImportError:
        return [f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"]
    return []


if __name__ == "__main__":
    sys.exit(ensure(_venv_package() + missing_libraries()))
