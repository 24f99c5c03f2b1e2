"""A real Roundup in a process of its own: made, filled and served on a loopback port.

Run as `python roundup_process.py FOLDER PORT RECORDS.json`. It stops when its standard input ends,
so it never outlives the test that started it. Roundup refuses to run as root: a root process
becomes `nobody` first, and keeps no more than the right to read (its own Python may lie in a
folder of root's).
"""

from __future__ import annotations

import ctypes
import json
import os
import pwd
import runpy
import struct
import sys
import threading
from pathlib import Path

ADMIN = "admin-password"
REPORTER = "reporter-password"
CALLS, SECONDS = 10, 5  # the reporter's: a burst of ten calls, then two a second

SCHEMA = """
db.security.addRole(name="Reporting", description="May read what is reported on")
for right in ("Web Access", "Rest Access"):
    db.security.addPermissionToRole("Reporting", right)
for name in ("issue", "msg", "user", "status", "priority", "keyword"):
    db.security.addPermissionToRole("Reporting", "View", name)
"""
# Roundup's own hook for a limit by user: one account is throttled, the others are not held up.
INTERFACES = """
from roundup.rest import RestfulInstance

of_everybody = RestfulInstance.getRateLimit


def of_the_reporter(self):
    name = self.db.user.get(self.db.getuid(), "username")
    return of_everybody(self) if name == "reporter" else None


RestfulInstance.getRateLimit = of_the_reporter
"""


def become_nobody() -> None:
    """Give up root, but for CAP_DAC_READ_SEARCH (capability 2)."""
    libc = ctypes.CDLL(None, use_errno=True)
    nobody = pwd.getpwnam("nobody")
    libc.prctl(8, 1, 0, 0, 0)  # PR_SET_KEEPCAPS
    os.setgroups([])
    os.setgid(nobody.pw_gid)
    os.setuid(nobody.pw_uid)
    header = struct.pack("Ii", 0x20080522, 0)
    if libc.capset(header, struct.pack("6I", 1 << 2, 1 << 2, 0, 0, 0, 0)):
        raise OSError(ctypes.get_errno(), "capset")


def make(home: Path, port: int) -> None:
    """Install the classic tracker on SQLite, its REST interface throttled."""
    from roundup import admin, configuration, init, instance, password

    template = admin.AdminTool().listTemplates()["classic"]["path"]
    settings = {
        "RDBMS_BACKEND": "sqlite",
        "TRACKER_WEB": f"http://127.0.0.1:{port}/desk/",
        "MAIL_DOMAIN": "example.org",
        "ADMIN_EMAIL": "admin@example.org",
        "MAIL_HOST": "localhost",
        "MAIL_DEBUG": str(home / "mail.txt"),
        "PASSWORD_PBKDF2_DEFAULT_ROUNDS": "1000",  # a test checks few passwords, but often
        "WEB_API_CALLS_PER_INTERVAL": str(CALLS),
        "WEB_API_INTERVAL_IN_SEC": str(SECONDS),
    }
    init.install(str(home), template, settings)
    with (home / "schema.py").open("a") as schema:
        schema.write(SCHEMA)
    (home / "interfaces.py").write_text(INTERFACES)
    config = configuration.CoreConfig(str(home))
    instance.open(str(home)).init(password.Password(ADMIN, config=config))


def fill(home: Path, records: dict[str, list[dict[str, object]]]) -> None:
    """Create the items with the clocks they are given, as Roundup's own import does."""
    from roundup import hyperdb, instance, password
    from roundup.anypy.strings import repr_export

    db = instance.open(str(home)).open("admin")
    secret = password.Password(REPORTER, config=db.config)
    for name in ("reporter", "colleague"):
        db.user.create(username=name, password=secret, roles="Reporting")
    for name, items in records.items():
        of_class = db.getclass(name)
        multiple = of_class.getprops(protected=False).items()
        empty = {key: [] for key, kind in multiple if isinstance(kind, hyperdb.Multilink)}
        for item in items:
            whole = empty | item
            of_class.import_list(list(whole), [repr_export(v) for v in whole.values()])
        db.setid(name, max(int(str(item["id"])) for item in items))
    db.commit()
    db.close()


def stop_with_the_test() -> None:
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    folder, port, records_file = sys.argv[1:]
    tracker = Path(folder, "tracker")
    if os.getuid() == 0:
        become_nobody()
    os.environ["HOME"] = folder
    threading.Thread(target=stop_with_the_test, daemon=True).start()
    make(tracker, int(port))
    fill(tracker, json.loads(Path(records_file).read_text()))
    sys.argv = ["roundup-server", "-n", "127.0.0.1", "-p", port, "-t", "thread", f"desk={tracker}"]
    runpy.run_module("roundup.scripts.roundup_server", run_name="__main__")
