"""Hostile documents are refused at once, and what the desk and its apps ask is far below every limit."""

from __future__ import annotations

import pytest
from graphql import GraphQLSchema, build_schema, get_introspection_query, parse

from graphql_api import limits
from graphql_api.errors import ApiError
from graphql_api.schema import build_schema as build_strawberry_schema
from tests.work import at_most

SCHEMA = build_schema("""
type Query { students(first: Int = 50): StudentConnection!  student: Student }
type Mutation { clear: Student  revoke: Student }
type StudentConnection { nodes: [Student!]!  edges: [StudentEdge!]!  totalCount: Int! }
type StudentEdge { cursor: String!  node: Student }
type Student { id: ID!  name: String  sheets: [Sheet!]!  friend: Student  progress: Progress }
type Progress { settled: Int  required: Int }
type Sheet { id: ID!  clearances: [Clearance!]! }
type Clearance { id: ID!  item: Item  moves: [Move!] }
type Move { status: String }
type Item { id: ID! name: String }
""")


def refused(text: str) -> tuple[str, int]:
    with pytest.raises(ApiError) as caught:
        limits.shapes(parse(text))
    params = (caught.value.extensions or {})["params"]
    assert caught.value.code == "QUERY_TOO_COMPLEX"
    return params["measure"], params["limit"]


def cost(text: str, *, schema: GraphQLSchema = SCHEMA, **variables: object) -> int:
    document = parse(text)
    [shape] = limits.shapes(document).values()
    return limits.cost(schema, shape.operation, limits.fragments_of(document), variables)


def test_nested_fragment_spreads_take_no_time() -> None:
    levels = [f"fragment F{n} on Student {{ friend {{ ...F{n + 1} }} friend {{ ...F{n + 1} }} }}" for n in range(30)]
    text = "{ student { ...F0 } } " + " ".join(levels) + " fragment F30 on Student { id }"
    with at_most(50_000):
        assert refused(text)[0] in ("fields", "depth")


def test_a_circle_of_fragments_ends() -> None:
    text = "{ student { ...A } } fragment A on Student { friend { ...B } } fragment B on Student { friend { ...A } }"
    assert limits.shapes(parse(text))[""].root_fields == ("student",)
    assert cost(text) == 3


def test_a_long_chain_of_fragments_is_refused_before_recursion_fails() -> None:
    chain = " ".join(f"fragment F{n} on Student {{ ...F{n + 1} }}" for n in range(700))
    assert refused("{ student { ...F0 } } " + chain + " fragment F700 on Student { id }") == ("depth", 64)


def test_each_limit_is_named() -> None:
    deep = "{ student { " + "friend { " * 12 + "id" + " }" * 12 + " } }"
    assert refused(deep) == ("depth", 12)
    assert refused("{ student { " + "id " * 1000 + "} }") == ("fields", 1000)
    assert refused("{ student { " + " ".join(f"a{n}: id" for n in range(61)) + " } }") == ("aliases", 60)
    assert refused("{ student { " + "id @skip(if: false) " * 41 + "} }") == ("directives", 40)
    assert refused("{ " + "__typename " * 21 + "}") == ("root_fields", 20)
    differences = " ".join(f"a{n}: policyDiff {{ fromVersion }}" for n in range(3))
    assert refused("{ " + differences + " }") == ("differences", 2)
    assert limits.shapes(parse("{ a: policyDiff { fromVersion } b: policyDiff { fromVersion } }"))


def test_mentions_of_one_key_beside_each_other_are_few() -> None:
    """Validation compares each pair of them: 300 would take seconds."""
    assert refused("{ student { " + "sheets { id } " * 42 + "} }") == ("repeats", 40)
    inline = "{ student { " + "... on Student { sheets { id } } " * 42 + "} }"
    assert refused(inline) == ("repeats", 40)
    fragments = " ".join(f"fragment F{n} on Student {{ sheets {{ id }} }}" for n in range(42))
    assert refused("{ student { " + " ".join(f"...F{n}" for n in range(42)) + " } } " + fragments) == ("repeats", 40)
    spread = "fragment F on Student { id } { student { " + "friend { ...F ...F ...F } " * 20 + "} }"
    assert refused(spread) == ("repeats", 40)
    limits.shapes(parse("{ student { " + "sheets { id } " * 41 + "} }"))
    limits.shapes(parse("{ student { " + " ".join(f"a{n}: sheets {{ id }}" for n in range(60)) + " } }"))


def test_a_whole_number_with_a_point_costs_as_much() -> None:
    document = "query ($n: Int) { students(first: $n) { nodes { id } } }"
    assert cost(document, n=1000.0) == cost(document, n=1000) == 2500
    assert cost(document, n=0.5) == cost(document) == 125


def test_variables_hold_a_bounded_number_of_objects_and_lists() -> None:
    limits.check_variables({"where": {"and": [{}] * 4998}})
    with pytest.raises(ApiError) as caught:
        limits.check_variables({"where": {"and": [{}] * 4999}})
    assert (caught.value.extensions or {})["params"] == {"measure": "containers", "value": 5001, "limit": 5000}


def test_one_mutation_a_request() -> None:
    for text in (
        "mutation { clear { id } revoke { id } }",
        "mutation { ...M } fragment M on Mutation { clear { id } x: clear { id } }",
    ):
        with pytest.raises(ApiError) as caught:
            limits.shapes(parse(text))
        assert caught.value.code == "BAD_INPUT"
        assert (caught.value.extensions or {})["params"] == {"problem": "ONE_MUTATION", "count": 2}
    assert limits.shapes(parse("mutation { clear { id } __typename }"))[""].writes


def test_the_usual_introspection_query_passes() -> None:
    assert limits.shapes(parse(get_introspection_query()))["IntrospectionQuery"].root_fields == ("__schema",)


def test_cost_is_rows_times_what_each_row_brings() -> None:
    """Two values count as one object more."""
    assert cost("{ student { id name } }") == 2
    assert cost("{ students { nodes { id } } }") == 50 * 2.5
    assert cost("{ students(first: 1000) { nodes { id sheets { clearances { item { id } } } } } }") == 1000 * (
        1 + 1.5 + 2 * (1 + 25 * 2.5)
    )
    assert cost("query ($n: Int) { students(first: $n) { nodes { id } } }", n=8) == 20
    assert cost("query ($n: Int = 10) { students(first: $n) { nodes { id } } }") == 25
    assert cost("query ($n: Int = 10) { students(first: $n) { nodes { id } } }", n=None) == 125  # null is a whole page
    assert cost("{ students { totalCount } }") == 75


def test_what_is_worked_out_by_rules_costs_as_many_objects() -> None:
    assert cost("{ student { progress { settled required } } }") == 1 + 5 + 2
    assert cost("{ students(first: 1000) { nodes { sheets { clearances { moves { status } } } } } }") > limits.MOST_COST
    assert cost("{ students(first: 1000) { edges { cursor node { id } } } }") == 1000 * (1 + 1 + 12 + 1.5)


def test_introspection_is_asked_for_once() -> None:
    schema = build_strawberry_schema()._schema
    usual = get_introspection_query(input_value_deprecation=True, directive_is_repeatable=True)
    assert 50_000 < cost(usual, schema=schema) < limits.MOST_COST
    types = "types { name fields { name args { name type { name kind } } type { name kind } } inputFields { name } }"
    assert cost(f"{{ __schema {{ {types} }} }}", schema=schema) < limits.MOST_COST
    many = " ".join(f"a{number}: {types}" for number in range(10))
    assert cost(f"{{ __schema {{ {many} }} }}", schema=schema) > limits.MOST_COST
    roots = " ".join(f"a{number}: __schema {{ {types} }}" for number in range(10))
    assert cost(f"{{ {roots} }}", schema=schema) > limits.MOST_COST


def test_the_largest_page_of_the_desk_is_below_the_limit_and_the_next_level_above() -> None:
    page = "{ students(first: 1000) { nodes { id sheets { clearances { item { name } } } } } }"
    assert cost(page) < limits.MOST_COST
    assert (
        cost(
            "{ students(first: 1000) { nodes { friend { sheets { clearances { item { id } } } sheets { id } "
            "friend { sheets { clearances { item { id } } } } } sheets { clearances { item { id } } } } } }"
        )
        > limits.MOST_COST
    )


def test_cost_of_nested_spreads_takes_no_time() -> None:
    levels = [f"fragment F{n} on Student {{ ...F{n + 1} ...F{n + 1} }}" for n in range(25)]
    document = parse("{ student { ...F0 } } " + " ".join(levels) + " fragment F25 on Student { friend { id } }")
    operation = document.definitions[0]
    with at_most(5_000):
        found = limits.cost(SCHEMA, operation, limits.fragments_of(document), {})  # type: ignore[arg-type]  # an operation
    assert found == 1 + 2**25 * 3 // 2
