"""The web server under measure: granian in WSGI mode, as `./distrilog demo` runs it."""

import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep


WORKERS = os.cpu_count() or 2


@contextmanager
def serving(*, port: int, application: str) -> Iterator[subprocess.Popen[bytes]]:
    """Serve a WSGI application on a port while the block runs."""
    command = [
        str(Path(sys.executable).with_name("granian")),
        *("--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)),
        *("--workers", str(WORKERS), "--blocking-threads", "1", "--no-log"),
        application,
    ]
    process = subprocess.Popen(command)
    try:
        _wait(port)
        yield process
    finally:
        process.terminate()
        process.wait()


def _wait(port: int) -> None:
    for _ in range(150):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=5)
        except OSError:
            sleep(0.2)
        else:
            return
    raise RuntimeError("The server under measure did not start.")


def resident_megabytes(process: subprocess.Popen[bytes]) -> list[int]:
    """Return the resident memory of each child of a server, in megabytes."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return [
        int(line.split()[1]) // 1024
        for child in children
        for line in Path(f"/proc/{child}/status").read_text().splitlines()
        if line.startswith("VmRSS")
    ]
