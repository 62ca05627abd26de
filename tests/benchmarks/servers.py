"""Starts what is measured, each in a process of its own, and stops it: the program as it runs in production, and what
stands beside it. All that are written in Python run on the same uvicorn with the same settings.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import httpx
import uvicorn
from starlette.applications import Starlette

from cli_running import log_config
from tests.benchmarks.processor import Backends, Processor
from tests.served import reserved_port

LIXIAO, BY_HAND, COMMON, POSTGRAPHILE = "lixiao", "by hand", "Strawberry + Tortoise", "PostGraphile"
FLASK_ADMIN = "Flask-Admin + SQLAlchemy"


@dataclass(frozen=True, slots=True)
class Server:
    """A running one. `name` is also what its connections to PostgreSQL are called."""

    name: str
    base: str
    processor: Processor


def settings_for(url: str) -> dict[str, str]:
    """Lixiao's settings: as they are but for what one caller may ask in a minute, which is counted and suffices."""
    most = {f"LIXIAO_{name}_PER_MINUTE": "999999999" for name in ("REQUESTS", "COST", "ANONYMOUS")}
    return {"LIXIAO_DATABASE_URL": url, "LIXIAO_LOG_LEVEL": "info", "LIXIAO_BASE_URL": "http://127.0.0.1", **most}


@contextmanager
def lixiao(url: str, backends: Backends | None) -> Iterator[Server]:
    """`lixiao serve`, as in production: sessions, policies, log."""
    environment = {**os.environ, **settings_for(url)}
    with reserved_port() as port:
        command = [sys.executable, "-m", "cli", "serve", "--port", str(port)]
        with started(LIXIAO, command, port, environment, backends) as server:
            yield server


@contextmanager
def beside(name: str, module: str, url: str, backends: Backends | None) -> Iterator[Server]:
    """A server of this folder: `python -m MODULE URL PORT`."""
    with reserved_port() as port:
        command = [sys.executable, "-m", module, url, str(port)]
        with started(name, command, port, os.environ, backends) as server:
            yield server


def serve(application: Starlette | str, port: str) -> None:
    """What such a server ends with: uvicorn with the settings of `lixiao serve`. They leave the line in the log for
    each answer to the application; those beside Lixiao write none."""
    uvicorn.run(
        application,
        factory=isinstance(application, str),
        port=int(port),
        log_level="info",
        log_config=log_config(),
        access_log=False,
        http="cli_http:Http",
    )


@contextmanager
def started(
    name: str, command: Sequence[str], port: int, environment: Mapping[str, str], backends: Backends | None
) -> Iterator[Server]:
    with tempfile.TemporaryFile() as log, subprocess.Popen(command, env=environment, stdout=log, stderr=log) as process:
        try:
            base = f"http://127.0.0.1:{port}"
            ready(name, base, process)
            yield Server(name, base, Processor(process.pid, name, backends))
        except SystemExit:
            process.terminate()
            process.wait()
            sys.stderr.write(_problems(log))
            raise
        finally:
            process.terminate()


def _problems(log: BinaryIO) -> str:
    """The end of a log, without the lines that tell of no problem."""
    log.seek(0)
    lines = log.read().decode(errors="replace").splitlines(keepends=True)
    return "".join(each for each in lines if " INFO:" not in each)[-2000:]


def ready(name: str, base: str, process: subprocess.Popen[Any], seconds: float = 180) -> None:
    """Waits for it. Raises SystemExit when it ends, or takes too long."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        try:
            if httpx.get(f"{base}/readyz").status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise SystemExit(f"{name} did not become ready")


@contextmanager
def pinned(server: Server, *, to: int, oneself_to: int) -> Iterator[None]:
    """The server and its database on one core, whoever measures on another, so that they do not take turns."""
    mine = os.sched_getaffinity(0)
    _pin([os.getpid()], {oneself_to})
    _pin(server.processor.processes(), {to})
    try:
        yield
    finally:
        _pin([os.getpid(), *server.processor.processes()], mine)


def _pin(processes: Sequence[int], cores: set[int]) -> None:
    for pid in processes:
        for task in Path(f"/proc/{pid}/task").iterdir():
            with suppress(ProcessLookupError):  # a thread that has just ended
                os.sched_setaffinity(int(task.name), cores)
