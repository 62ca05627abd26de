from __future__ import annotations

import subprocess
import sys

from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLObjectType, get_named_type

from graphql_api.registry import registry
from graphql_api.schema import FILE, sdl
from tests.graphql_api.asking import core


def test_the_committed_schema_is_the_generated_one():
    assert FILE.read_text(encoding="utf-8") == sdl(), "run `lixiao export-schema > graphql_api/schema.graphql`"


def test_it_is_built_without_a_database():
    program = "from graphql_api.schema import sdl; import sys; sys.stdout.write(str(len(sdl()) > 10_000))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "True"


def test_every_exposed_object_has_a_page_a_row_a_filter_and_an_order():
    query = core().query_type
    assert query is not None
    for each in registry():
        assert str(query.fields[each.plural].type) == f"{each.name}Connection!"
        assert str(query.fields[each.singular].type) == each.name
        assert {f"{each.name}Filter", f"{each.name}Order", f"{each.name}Edge"} <= core().type_map.keys()
        arguments = {"where", "orderBy", "first", "after", "last", "before", "offset"}
        searched = {"search"} if each.entity.search else set()
        assert set(query.fields[each.plural].args) == arguments | searched


def test_columns_are_nullable_but_for_identity():
    for each in registry():
        found = core().type_map[each.name]
        assert isinstance(found, GraphQLObjectType)
        required = {name for name, field in found.fields.items() if str(field.type).endswith("!")}
        assert required == {"id", "displayLabel", *(("version",) if each.versioned else ()), *each.lists}


def test_a_sensitive_column_is_compared_by_equality_alone_and_never_ordered():
    for each in registry():
        where, order = (core().type_map[f"{each.name}{kind}"] for kind in ("Filter", "Order"))
        assert isinstance(where, GraphQLInputObjectType)
        assert isinstance(order, GraphQLInputObjectType)
        for column in each.columns.values():
            if column.note.sensitive:
                operators = get_named_type(where.fields[column.graphql].type)
                assert isinstance(operators, GraphQLInputObjectType)
                assert list(operators.fields) == ["eq"]
                assert column.graphql not in order.fields


def test_generated_things_are_described_in_both_languages():
    for each in registry():
        for name in (each.name, f"{each.name}Connection", f"{each.name}Filter", f"{each.name}Order"):
            found = core().type_map[name]
            assert " · " in (found.description or ""), name
            assert isinstance(found, GraphQLObjectType | GraphQLInputObjectType)
            for field_name, member in found.fields.items():
                assert " · " in (member.description or ""), f"{name}.{field_name}"
    for found in core().type_map.values():
        if isinstance(found, GraphQLEnumType) and found.name in {"ClearanceStatus", "Direction", "Way", "LeaveType"}:
            assert all(" · " in (value.description or "") for value in found.values.values())


def test_the_values_of_an_enum_are_the_names_of_its_members():
    statuses = core().type_map["ClearanceStatus"]
    assert isinstance(statuses, GraphQLEnumType)
    assert {name: value.description for name, value in statuses.values.items()} == {
        "PENDING": "未办理 · Not cleared",
        "NOT_REQUIRED": "无需办理 · Not required",
        "CLEARED": "已办理 · Cleared",
    }
    assert statuses.description == "办理状态 · Status"
