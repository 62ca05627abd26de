"""Puts the schema together: generated reading, metadata, and the mutations and computed fields of their modules.

`build_schema` needs no database: `lixiao export-schema` prints what stands in `schema.graphql`.
"""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path
from typing import Any

import strawberry
from strawberry import UNSET
from strawberry.schema.config import StrawberryConfig

from graphql_api import metadata, saved_filters
from graphql_api.context import Info
from graphql_api.exporting import export_directive
from graphql_api.files import file_fields
from graphql_api.group_types import GroupTypes
from graphql_api.import_queries import import_fields
from graphql_api.inputs import PYTHON
from graphql_api.lookups import key_parts
from graphql_api.metadata import ObjectInfo
from graphql_api.mutations import mutation_fields
from graphql_api.mutations.cells import SCALARS
from graphql_api.naming import described
from graphql_api.planting import plant
from graphql_api.policy_queries import policy_fields
from graphql_api.registry import Exposed, Registry, registry
from graphql_api.subscriptions import plant_subscriptions, subscription_type
from graphql_api.types import Parameter, Types, planned_field, types
from models.declare import Words

FILE = Path(__file__).with_name("schema.graphql")

PAGING: dict[str, Parameter] = {
    "first": Parameter(int | None, Words("前几行,0–1000,默认 50", "How many rows, 0 to 1000; 50 unless told"), UNSET),
    "after": Parameter(str | None, Words("此游标之后", "Rows after this cursor"), UNSET),
    "last": Parameter(int | None, Words("后几行,0–1000", "How many rows from the end, 0 to 1000"), UNSET),
    "before": Parameter(str | None, Words("此游标之前", "Rows before this cursor"), UNSET),
    "offset": Parameter(int | None, Words("跳过几行(按页码翻页)", "Rows to skip, for pages by number"), UNSET),
}

#: What should be known of a connection besides.
HINTS = {
    "Event": Words(
        "不指定排序时从旧到新:记住 endCursor,下次从此处接着读,不漏不重",
        "without orderBy oldest first: remember endCursor and go on from there, nothing is left out or told twice",
    )
}

CONFIG = StrawberryConfig(scalar_map=SCALARS)


def build_schema() -> strawberry.Schema:
    """The whole schema. Raises LookupError for a model that declares what cannot be shown."""
    _import_computed()
    exposed, made = registry(), types()
    schema = strawberry.Schema(
        query=_query(exposed, made),
        mutation=_mutation(),
        subscription=subscription_type(made),
        directives=[export_directive],
        config=CONFIG,
    )
    plant(schema._schema, exposed)
    plant_subscriptions(schema._schema)
    saved_filters.know(schema._schema)
    return schema


def _import_computed() -> None:
    """Modules named `computed_…` register their fields when imported; all must be, before the types are made."""
    for module in pkgutil.iter_modules([str(Path(__file__).parent)], "graphql_api."):
        if module.name.startswith("graphql_api.computed_"):
            importlib.import_module(module.name)


# --- Query


def _query(exposed: Registry, made: Types) -> Any:
    from graphql_api.disagreements import disagreement_fields  # names a generated type, as the next does:
    from graphql_api.viewer import viewer  # computed fields must come first

    fields: dict[str, Any] = {
        "viewer": strawberry.field(resolver=viewer, description=described(Words("当前用户", "Who asks"))),
        "objects": strawberry.field(
            resolver=_objects, description=described(Words("对象说明", "What the objects are called and consist of"))
        ),
        **policy_fields(),
        **file_fields(),
        **import_fields(),
        **disagreement_fields(),
    }
    groups = GroupTypes(exposed, made)
    for each in exposed:
        fields[f"{each.plural}_"] = _connection(each, made)
        fields[f"{each.singular}_"] = _row(each, exposed, made)
        fields[f"{each.singular}_groups_"] = groups.field(each)
    return strawberry.type(type("Query", (), fields), description=described(Words("查询", "Reading")))


def _objects(info: Info) -> list[ObjectInfo]:
    if not info.context.credentials.inside:
        _ = info.context.caller  # nobody anonymous reads anything
    return metadata.objects()


def _connection(each: Exposed, made: Types) -> Any:
    arguments = made.narrowing(each.name)
    if each.entity.search:
        arguments["search"] = Parameter(str | None, Words("搜索词;数字按开头匹配", "Words, or the start of a number"))
    text = described(each.entity.plural, HINTS.get(each.name))
    return planned_field(each.plural, made.connection[each.name], text, arguments | PAGING)


def _row(each: Exposed, exposed: Registry, made: Types) -> Any:
    arguments = {"id": Parameter(strawberry.ID | None, Words("全局标识", "Global id"))}
    for part in key_parts(each, exposed):
        arguments[part.name] = Parameter(PYTHON[part.column.kind] | None, part.column.note.label)
    words = Words(f"一个{each.entity.label.zh},按标识或编号", f"One {each.entity.label.en}, by id or by natural key")
    return planned_field(each.singular, made.object[each.name] | None, described(words), arguments)


# --- Mutation


def _mutation() -> Any:
    return strawberry.type(type("Mutation", (), mutation_fields()), description=described(Words("办理", "Acting")))


def sdl() -> str:
    """The schema's text, as it is committed and as `/schema.graphql` serves it."""
    return build_schema().as_str().rstrip() + "\n"
