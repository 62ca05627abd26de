"""The settings of one installation, read once from the environment and `.env`; nobody else reads the environment."""

from __future__ import annotations

import contextlib
import functools
import os
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from dotenv import dotenv_values

from models.database_url import BadDatabaseUrl
from models.database_url import parse as parse_database_url

LOCALES = ("zh_CN", "en")
SECRET_KEY_FILE = Path("var/secret_key")
ENV_FILE = Path(".env")
LEAST_COST = 250_000  # a minute: what `graphql_api.limits` lets one request cost

MOST_MEGABYTES = 2_000  # a size of the API is a 32-bit integer


class BadSetting(ValueError):
    """A variable holds something it cannot mean; the message is one line that names the variable."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One value for each row of VARIABLES, under the variable's name in lower case without `LIXIAO_`."""

    database_url: str
    secret_key: str
    base_url: str
    locale: str
    timezone: ZoneInfo
    university_zh: str
    university_en: str
    help_phone: str
    help_email: str
    log_level: str
    session_hours: int
    upload_megabytes: int
    files_megabytes: int
    file_hours: int
    requests_per_minute: int
    cost_per_minute: int
    anonymous_per_minute: int
    metrics_token: str
    api_url: str
    api_token: str
    debug: bool

    @property
    def secure_cookies(self) -> bool:
        """Cookies are sent over HTTPS only when the desk is reached by HTTPS."""
        return self.base_url.startswith("https://")


# --- how a text becomes a value; each raises ValueError with the rest of the sentence "LIXIAO_X: …"


def _text(value: str) -> str:
    return value


def _database_url(value: str) -> str:
    parse_database_url(value)
    return value


def _secret_key(value: str) -> str:
    if len(value) < 32:
        raise ValueError("needs at least 32 characters; leave it out and one is generated")
    return value


def _base_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f"is no address like https://lixiao.example.edu.cn: {value!r}")
    return value.rstrip("/")


def _api_url(value: str) -> str:
    return _base_url(value) if value else ""


def _locale(value: str) -> str:
    if value not in LOCALES:
        raise ValueError(f"is one of {', '.join(LOCALES)}, not {value!r}")
    return value


def _timezone(value: str) -> ZoneInfo:
    try:
        return ZoneInfo(value)
    except (KeyError, ValueError, OSError):  # what zoneinfo raises for unknown, malformed and directory-like keys
        raise ValueError(f"is no time zone like Asia/Shanghai: {value!r}") from None


def _email(value: str) -> str:
    if value and not re.fullmatch(r"[^@\s]+@[^@\s]+", value):
        raise ValueError(f"is no e-mail address: {value!r}")
    return value


def _log_level(value: str) -> str:
    if value.lower() not in ("debug", "info", "warning", "error"):
        raise ValueError(f"is one of debug, info, warning, error, not {value!r}")
    return value.lower()


def _positive(value: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,5}", value):
        raise ValueError(f"is a whole number above 0, not {value!r}")
    return int(value)


def _megabytes(value: str) -> int:
    found = _positive(value)
    if found > MOST_MEGABYTES:
        raise ValueError(f"is at most {MOST_MEGABYTES}, not {value!r}")
    return found


def _a_minute(value: str) -> int:
    if not re.fullmatch(r"0|[1-9][0-9]{0,9}", value):
        raise ValueError(f"is a whole number, 0 for no limit, not {value!r}")
    return int(value)


def _cost_a_minute(value: str) -> int:
    found = _a_minute(value)
    if 0 < found < LEAST_COST:
        raise ValueError(f"is at least {LEAST_COST}, which one request may cost, or 0 for no limit, not {value!r}")
    return found


def _metrics_token(value: str) -> str:
    if value and not re.fullmatch(r"[!-~]{16,}", value):
        raise ValueError("needs at least 16 characters, none of them a space; leave it out to answer this machine only")
    return value


def _yes_or_no(value: str) -> bool:
    if value.lower() not in ("yes", "no"):
        raise ValueError(f"is yes or no, not {value!r}")
    return value.lower() == "yes"


@dataclass(frozen=True, slots=True)
class Variable:
    """One environment variable: its name, the text that stands for it when it is absent, its reader and its meaning."""

    name: str
    default: str
    read: Callable[[str], Any]
    meaning: str

    @property
    def field(self) -> str:
        return self.name.removeprefix("LIXIAO_").lower()


#: Every variable that Lixiao reads. README shows this table, and a test holds them equal.
VARIABLES: tuple[Variable, ...] = (
    Variable(
        "LIXIAO_DATABASE_URL",
        "sqlite://var/lixiao.db",
        _database_url,
        "SQLite file or `postgres://user:password@host:5432/name`",
    ),
    Variable(
        "LIXIAO_SECRET_KEY",
        "",
        _secret_key,
        "signs the panel's forms and cookies; when absent, one is generated and kept in `var/secret_key`",
    ),
    Variable("LIXIAO_BASE_URL", "http://127.0.0.1:8000", _base_url, "the address people reach the desk at"),
    Variable("LIXIAO_LOCALE", "zh_CN", _locale, "language of the panel until a person chooses: `zh_CN` or `en`"),
    Variable("LIXIAO_TIMEZONE", "Asia/Shanghai", _timezone, "time zone of dates on screen and in files"),
    Variable("LIXIAO_UNIVERSITY_ZH", "静湖大学", _text, "name of the university in Chinese"),
    Variable("LIXIAO_UNIVERSITY_EN", "Jinghu University", _text, "name of the university in English"),
    Variable("LIXIAO_HELP_PHONE", "", _text, "telephone of the help desk, shown in the footer and in messages"),
    Variable("LIXIAO_HELP_EMAIL", "", _email, "e-mail address of the help desk"),
    Variable("LIXIAO_LOG_LEVEL", "info", _log_level, "`debug`, `info`, `warning` or `error`"),
    Variable("LIXIAO_SESSION_HOURS", "12", _positive, "hours after which a session of the panel ends"),
    Variable("LIXIAO_UPLOAD_MEGABYTES", "20", _megabytes, "how large a file may be that somebody uploads"),
    Variable(
        "LIXIAO_FILES_MEGABYTES",
        "200",
        _megabytes,
        "how much the uploaded and exported files of one account may take together, and so the largest export",
    ),
    Variable("LIXIAO_FILE_HOURS", "24", _positive, "hours for which an uploaded or exported file is kept"),
    Variable(
        "LIXIAO_REQUESTS_PER_MINUTE",
        "1200",
        _a_minute,
        "API requests of one account or token in a minute, to each process; `0`: no limit",
    ),
    Variable(
        "LIXIAO_COST_PER_MINUTE",
        "10000000",
        _cost_a_minute,
        "objects that the requests of one account or token may bring in a minute, reckoned beforehand; `0`: no limit",
    ),
    Variable(
        "LIXIAO_ANONYMOUS_PER_MINUTE",
        "600",
        _a_minute,
        "API requests, signing in above all, from one address in a minute by nobody signed in; `0`: no limit",
    ),
    Variable(
        "LIXIAO_METRICS_TOKEN",
        "",
        _metrics_token,
        "who sends it as `Authorization: Bearer …` reads `/metrics`; when absent, only this machine itself may",
    ),
    Variable(
        "LIXIAO_API_URL",
        "",
        _api_url,
        "`lixiao panel` only: the address of the API that the panel stands before, without `/graphql`",
    ),
    Variable(
        "LIXIAO_API_TOKEN",
        "",
        _text,
        "`lixiao panel` only: a token whose role may explore the API; it reads what there is, never a row",
    ),
    Variable(
        "LIXIAO_DEBUG",
        "no",
        _yes_or_no,
        "`yes`: each answer says in the header `x-lixiao-plan` how it was executed; for developers",
    ),
)


def table() -> str:
    """VARIABLES as the table of README, in Markdown."""
    rows = [f"| `{v.name}` | {f'`{v.default}`' if v.default else '–'} | {v.meaning} |" for v in VARIABLES]
    return "\n".join(["| Variable | Default | Meaning |", "|---|---|---|", *rows])


@functools.cache
def settings() -> Settings:
    """The settings of this process: the environment, then `.env` of the working directory, then the defaults.

    Raises BadSetting. Call `settings.cache_clear()` to read them anew.
    """
    written = {name: value for name, value in dotenv_values(ENV_FILE).items() if value is not None}
    return read({**written, **os.environ})


def read(environment: Mapping[str, str]) -> Settings:
    """The settings that `environment` spells out; an empty value counts as absent. Raises BadSetting."""
    values = {variable.field: _value(variable, environment.get(variable.name, "").strip()) for variable in VARIABLES}
    return Settings(**values)


def _value(variable: Variable, text: str) -> Any:
    if not text and variable.name == "LIXIAO_SECRET_KEY":
        return kept_secret_key(SECRET_KEY_FILE)
    try:
        return variable.read(text or variable.default)
    except BadDatabaseUrl as bad:
        raise BadSetting(f"{variable.name}: {bad}") from None
    except ValueError as bad:
        raise BadSetting(f"{variable.name} {bad}") from None


def kept_secret_key(file: Path) -> str:
    """The key in `file`, which is made with a fresh one, readable by its owner only, when it is not there.

    Raises BadSetting when it can neither be read nor written.
    """
    try:
        if not file.exists():
            _write_secret_key(file)
        return _secret_key(file.read_text(encoding="ascii").strip())
    except (OSError, ValueError) as problem:
        raise BadSetting(f"LIXIAO_SECRET_KEY is not set and {file} is of no use: {problem}") from None


def _write_secret_key(file: Path) -> None:
    """Several processes may start at once: the first to link its key decides, and nobody reads a half-written one."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = file.with_name(f"{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
    fresh.touch(mode=0o600, exist_ok=False)
    try:
        fresh.write_text(secrets.token_urlsafe(48) + "\n", encoding="ascii")
        with contextlib.suppress(FileExistsError):
            os.link(fresh, file)
    finally:
        fresh.unlink()
