"""The shape of the project: which room knows which, who may use which library, and what a lock file may hold."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("models", "policies", "graphql_api", "admin_panel", "seeds")
ROOT_MODULES = (
    "settings",
    "app",
    "cli",
    "cli_accounts",
    "cli_documents",
    "cli_http",
    "cli_policies",
    "cli_policy_changes",
    "cli_policy_lines",
    "cli_running",
    "cli_sockets",
    "panel_app",
)
OURS = {*ROOMS, *ROOT_MODULES}

#: Imports point one way: models ← policies ← graphql_api ← admin_panel ← app, cli; seeds → policies, models.
MAY_IMPORT = {
    "models": {"models"},
    "policies": {"policies", "models"},
    "graphql_api": {"graphql_api", "policies", "models", "settings"},
    "admin_panel": {"admin_panel", "graphql_api", "settings"},
    "seeds": {"seeds", "policies", "models"},
    "settings": {"models"},
    "app": OURS,
    "cli": OURS,
    "cli_accounts": OURS,
    "cli_documents": OURS,
    "cli_http": OURS,
    "cli_policies": OURS,
    "cli_policy_changes": OURS,
    "cli_policy_lines": OURS,
    "cli_running": OURS,
    "cli_sockets": OURS,
    "panel_app": {"admin_panel", "app", "graphql_api", "settings"},
}

#: A library has one room, so that it can be replaced there: module → files that may import it.
HOME_OF_LIBRARY = {
    "casbin": r"policies/.*",
    "strawberry": r"graphql_api/.*",
    "graphql": r"(graphql_api|admin_panel)/.*",
    "flask": r"admin_panel/.*",
    "flask_admin": r"admin_panel/.*",
    "flask_babel": r"admin_panel/.*",
    "wtforms": r"admin_panel/.*",
    "openpyxl": r"graphql_api/workbook\w*\.py",
    "python_calamine": r"graphql_api/workbook\w*\.py",
    "asyncpg": r"models/\w+\.py",
    "aiosqlite": r"models/\w+\.py",
    "sqlite3": r"models/\w+\.py",
    "argon2": r"models/rules/\w+\.py",
    "uvicorn": r"cli.*\.py",
    "dotenv": r"settings\.py",
    "click": r"cli.*\.py",
}

#: Raw SQL: only the models, the planner's loader, and the seeds, which copy whole tables.
SQL = {"fetch", "execute", "execute_many", "copy_rows"}
HOME_OF_SQL = r"(models/.*|seeds/.*|graphql_api/loader\w*\.py)"


@cache
def sources() -> dict[str, ast.Module]:
    """Every module of the product by its path, parsed; generated migrations left out."""
    files = [*(ROOT / f"{module}.py" for module in ROOT_MODULES)]
    files += [file for room in ROOMS for file in (ROOT / room).rglob("*.py")]
    paths = {file.relative_to(ROOT).as_posix(): file for file in files if file.exists()}
    return {
        path: ast.parse(file.read_text(encoding="utf-8"), path)
        for path, file in sorted(paths.items())
        if not re.match(r"models/migrations/\d", path)
    }


def imported(tree: ast.Module) -> Iterator[str]:
    """The first name of every module that is imported, at the top or inside a function."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield (node.module or "").partition(".")[0]


def dependencies(*, dev: bool = False) -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = [*project["dependencies"], *(project["optional-dependencies"]["dev"] if dev else [])]
    return {re.split(r"[\s\[<>=;!]", requirement, maxsplit=1)[0].lower() for requirement in named}


# --- rooms


def test_imports_point_one_way():
    wrong = [
        f"{path} imports {name}"
        for path, tree in sources().items()
        for name in set(imported(tree)) & OURS
        if name not in MAY_IMPORT[path.partition("/")[0].removesuffix(".py")]
    ]
    assert wrong == []


def test_a_library_is_used_in_its_room_only():
    wrong = [
        f"{path} imports {name}"
        for path, tree in sources().items()
        for name in set(imported(tree)) & HOME_OF_LIBRARY.keys()
        if not re.fullmatch(HOME_OF_LIBRARY[name], path)
    ]
    assert wrong == []


def test_the_panel_knows_no_database():
    wrong = [
        path for path, tree in sources().items() if path.startswith("admin_panel") and "tortoise" in imported(tree)
    ]
    assert wrong == []


def test_raw_sql_stands_in_the_models_and_the_loader_only():
    wrong = []
    for path, tree in sources().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module == "models.database":
                names = {alias.name for alias in node.names} & SQL
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "database":
                names = {node.attr} & SQL
            elif isinstance(node, ast.Attribute):
                names = {node.attr} & {"execute_query", "execute_query_dict", "raw"}
            else:
                continue
            if names and not re.fullmatch(HOME_OF_SQL, path):
                wrong.append(f"{path}:{node.lineno} {', '.join(names)}")
    assert wrong == []


# --- habits


def test_every_module_says_what_lives_in_it():
    wrong = [path for path, tree in sources().items() if not ast.get_docstring(tree) and tree.body]
    assert wrong == []


def test_no_drawer_for_everything():
    words = {"utils", "util", "helpers", "helper", "common", "misc", "services", "repositories"}
    assert [path for path in sources() if words & set(Path(path).with_suffix("").parts)] == []


EXEMPTION = re.compile(r"# (?:noqa: ?|type: ignore\[)(?P<code>[A-Za-z0-9, -]+?)\]?(?P<reason>  # \S.*)?$")


def exemptions(text: str) -> Iterator[tuple[int, str, bool]]:
    """Line number, code and whether a reason stands beside it; an exemption without a code has an empty one."""
    for number, line in enumerate(text.splitlines(), 1):
        if re.search(r"#\s*(noqa\b|type:\s*ignore\b)", line):
            found = EXEMPTION.search(line)
            yield number, found["code"] if found else "", bool(found and found["reason"])


def test_every_exemption_names_its_code_and_reason():
    """`x()  # noqa: S311  # jitter, not a secret`: the reason at least once in the file, the code each time."""
    wrong = []
    tests = [file.relative_to(ROOT).as_posix() for file in (ROOT / "tests").rglob("*.py")]
    for path in {*sources(), *tests} - {"tests/test_structure.py"}:
        found = list(exemptions((ROOT / path).read_text(encoding="utf-8")))
        explained = {code for _, code, reason in found if reason}
        wrong += [f"{path}:{number} {code}" for number, code, _ in found if code not in explained]
    assert sorted(wrong) == []


# --- dependencies


def test_every_imported_library_is_a_declared_dependency():
    """What comes along with another library may go with it: named in pyproject, with the reason."""
    distributions = packages_distributions()
    wrong = []
    for path, tree in sources().items():
        for name in set(imported(tree)) - OURS - sys.stdlib_module_names:
            offered = {distribution.lower().replace("_", "-") for distribution in distributions.get(name, [])}
            if not offered & dependencies():
                wrong.append(f"{path} imports {name} of {offered}")
    assert wrong == []


def test_casbin_is_pycasbin():
    """The abandoned package `casbin` installs the same module: whichever came last would decide who may do what."""
    assert packages_distributions()["casbin"] == ["pycasbin"]


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_file_names_no_host_and_no_path(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    assert re.findall(r"\w+://|--index|--find-links|--trusted-host|(?<![\w-])/\w+/|@ file", text) == []
    requirements = re.split(r"\n(?=[a-z0-9])", text)[1:]
    assert len(requirements) > 30
    assert [text for text in requirements if "--hash=sha256:" not in text] == []


def locked(name: str) -> dict[str, str]:
    pairs = re.findall(r"^([a-z0-9][\w.-]*)==(\S+)", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)
    return dict(pairs)


def test_the_lock_files_agree_with_each_other_and_with_pyproject():
    runtime, dev = locked("requirements.lock"), locked("requirements-dev.lock")
    assert runtime.items() <= dev.items()
    assert dependencies() <= runtime.keys()
    assert dependencies(dev=True) <= dev.keys()
    assert dependencies(dev=True) - dependencies() - runtime.keys() != set()
