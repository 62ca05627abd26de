"""The settings: every variable, its default, its refusals; and that README shows the same table."""

from __future__ import annotations

import re
import stat
from dataclasses import fields
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import settings as settings_module
from settings import VARIABLES, BadSetting, Settings, kept_secret_key, read, settings

KEY = "k" * 32
ROOT = Path(__file__).parents[1]


def test_every_field_is_a_documented_variable_and_the_other_way_round():
    assert [field.name for field in fields(Settings)] == [variable.field for variable in VARIABLES]
    assert len({variable.name for variable in VARIABLES}) == len(VARIABLES)
    assert all(variable.meaning and variable.name.startswith("LIXIAO_") for variable in VARIABLES)


def test_defaults():
    values = read({"LIXIAO_SECRET_KEY": KEY})
    assert values.database_url == "sqlite://var/lixiao.db"
    assert values.base_url == "http://127.0.0.1:8000"
    assert values.locale == "zh_CN"
    assert values.timezone == ZoneInfo("Asia/Shanghai")
    assert values.secure_cookies is False


def test_an_empty_value_is_an_absent_one_and_spaces_do_not_count():
    values = read({"LIXIAO_SECRET_KEY": KEY, "LIXIAO_LOCALE": " ", "LIXIAO_BASE_URL": " https://lixiao.example.edu/ "})
    assert values.locale == "zh_CN"
    assert values.base_url == "https://lixiao.example.edu"
    assert values.secure_cookies is True


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("LIXIAO_DATABASE_URL", "mysql://x", "LIXIAO_DATABASE_URL: unknown kind of database 'mysql'"),
        ("LIXIAO_SECRET_KEY", "short", "LIXIAO_SECRET_KEY needs at least 32 characters"),
        ("LIXIAO_BASE_URL", "lixiao.example.edu", "LIXIAO_BASE_URL is no address like https://"),
        ("LIXIAO_BASE_URL", "ftp://x", "LIXIAO_BASE_URL is no address like https://"),
        ("LIXIAO_LOCALE", "de", "LIXIAO_LOCALE is one of zh_CN, en, not 'de'"),
        ("LIXIAO_TIMEZONE", "Asia", "LIXIAO_TIMEZONE is no time zone like Asia/Shanghai: 'Asia'"),
        ("LIXIAO_TIMEZONE", "../etc/passwd", "LIXIAO_TIMEZONE is no time zone like Asia/Shanghai"),
        ("LIXIAO_HELP_EMAIL", "nobody", "LIXIAO_HELP_EMAIL is no e-mail address: 'nobody'"),
        ("LIXIAO_LOG_LEVEL", "loud", "LIXIAO_LOG_LEVEL is one of debug, info, warning, error, not 'loud'"),
        ("LIXIAO_SESSION_HOURS", "0", "LIXIAO_SESSION_HOURS is a whole number above 0, not '0'"),
        ("LIXIAO_SESSION_HOURS", "twelve", "LIXIAO_SESSION_HOURS is a whole number above 0, not 'twelve'"),
        ("LIXIAO_REQUESTS_PER_MINUTE", "-1", "LIXIAO_REQUESTS_PER_MINUTE is a whole number, 0 for no limit, not '-1'"),
        ("LIXIAO_COST_PER_MINUTE", "1000", "LIXIAO_COST_PER_MINUTE is at least 250000, which one request may cost"),
        ("LIXIAO_DEBUG", "maybe", "LIXIAO_DEBUG is yes or no, not 'maybe'"),
    ],
)
def test_a_wrong_value_is_one_clear_line(name, value, message):
    with pytest.raises(BadSetting) as bad:
        read({"LIXIAO_SECRET_KEY": KEY, name: value})
    assert str(bad.value).startswith(message)
    assert "\n" not in str(bad.value)


# --- the secret key


def test_a_generated_key_is_kept_and_private(tmp_path):
    file = tmp_path / "var" / "secret_key"
    key = kept_secret_key(file)
    assert len(key) == 64
    assert kept_secret_key(file) == key
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]


def test_the_key_of_who_came_first_is_kept(tmp_path):
    file = tmp_path / "secret_key"
    file.write_text(KEY + "\n", encoding="ascii")
    settings_module._write_secret_key(file)
    assert kept_secret_key(file) == KEY
    assert list(tmp_path.iterdir()) == [file]


def test_a_key_file_of_no_use_is_one_clear_line(tmp_path):
    (tmp_path / "file").write_text("x", encoding="ascii")
    with pytest.raises(BadSetting, match=r"^LIXIAO_SECRET_KEY is not set and .*secret_key is of no use: "):
        kept_secret_key(tmp_path / "file" / "secret_key")
    (tmp_path / "secret_key").write_text("short", encoding="ascii")
    with pytest.raises(BadSetting, match="needs at least 32 characters"):
        kept_secret_key(tmp_path / "secret_key")


# --- where they come from


@pytest.fixture
def installation(tmp_path, monkeypatch):
    """A working directory and an environment of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(settings_module, "ENV_FILE", Path(".env"))
    for variable in VARIABLES:
        monkeypatch.delenv(variable.name, raising=False)
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


def test_the_environment_wins_over_the_file(installation, monkeypatch):
    (installation / ".env").write_text(
        f"LIXIAO_SECRET_KEY={KEY}\nLIXIAO_UNIVERSITY_ZH='西南大学'\nLIXIAO_LOCALE=en\n", encoding="utf-8"
    )
    monkeypatch.setenv("LIXIAO_LOCALE", "zh_CN")
    assert settings().university_zh == "西南大学"
    assert settings().locale == "zh_CN"
    assert settings() is settings()


def test_without_anything_a_key_is_made(installation):
    assert settings().secret_key == (installation / "var" / "secret_key").read_text(encoding="ascii").strip()


# --- documentation


def test_the_example_file_names_known_variables_only():
    named = re.findall(r"LIXIAO_[A-Z_]+", (ROOT / ".env.example").read_text(encoding="utf-8"))
    assert set(named) <= {variable.name for variable in VARIABLES}


def test_readme_shows_the_table():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert settings_module.table() in readme, 'paste what `python -c "import settings; print(settings.table())"` prints'
