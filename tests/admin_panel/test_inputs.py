"""What a mutation asks for, read from a schema: fields, words, kinds, and the document that carries a form."""

from __future__ import annotations

import pytest
from graphql import build_schema

from admin_panel.inputs import InputField, bilingual, mutations_of
from admin_panel.language import Text

SCHEMA = build_schema('''
type Query { nothing: Int }
scalar DateTime
enum Size {
  """小 · Small"""
  SMALL
  LARGE
}
input MakeThingInput {
  """名称 · Name
  不超过64字 · At most 64 letters"""
  name: String!
  size: Size = SMALL
  tags: [String!] = null
  until: DateTime = null
  certain: Boolean! = false
}
type Thing { id: ID!  name: String  size(unit: String): Int  parts: [Thing!]!  colours: [String!] }
type Mutation {
  """新增物品 · Make a thing"""
  makeThing(input: MakeThingInput!): Thing!
  removeThing(id: ID!): Boolean!
  updateThing(id: ID!, expectedVersion: Int!, input: MakeThingInput!): Thing!
  tidy: Boolean!
}
''')
MUTATIONS = mutations_of(SCHEMA)


def test_the_fields_of_an_input_become_the_fields_of_a_form() -> None:
    made = MUTATIONS["makeThing"]
    assert made.words == Text("新增物品", "Make a thing")
    assert made.wrapped
    assert made.fields == (
        InputField("name", Text("名称", "Name"), Text("不超过64字", "At most 64 letters"), "String", False, True),
        InputField(
            *("size", Text("size", "size"), None, "enum", False, False),
            (("SMALL", Text("小", "Small")), ("LARGE", Text("LARGE", "LARGE"))),
        ),
        InputField("tags", Text("tags", "tags"), None, "String", True, False),
        InputField("until", Text("until", "until"), None, "DateTime", False, False),
        InputField("certain", Text("certain", "certain"), None, "Boolean", False, False),
    )


def test_the_document_passes_the_form_and_asks_for_every_plain_field_of_the_answer() -> None:
    made = MUTATIONS["makeThing"]
    assert made.document == (
        "mutation Do($input: MakeThingInput!) { done: makeThing(input: $input) { id name colours } }"
    )
    assert made.variables({"name": "x"}) == {"input": {"name": "x"}}


def test_arguments_of_a_mutation_without_input_are_its_fields() -> None:
    removed = MUTATIONS["removeThing"]
    assert removed.document == "mutation Do($id: ID!) { done: removeThing(id: $id) }"
    assert removed.fields == (InputField("id", Text("id", "id"), None, "ID", False, True),)
    assert removed.variables({"id": "7"}) == {"id": "7"}
    assert MUTATIONS["tidy"].document == "mutation Do { done: tidy }"


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (None, None),
        ("", None),
        ("名称 · Name", Text("名称", "Name")),
        ("Only English", Text("Only English", "Only English")),
        ("名称 · Name\n提示 · Hint", Text("名称", "Name")),
    ],
)
def test_a_description_speaks_both_languages(said: str | None, text: Text | None) -> None:
    assert bilingual(said) == text


def test_arguments_beside_the_input_stay_beside_it() -> None:
    made = MUTATIONS["updateThing"]
    assert [each.name for each in made.fields][:3] == ["id", "expectedVersion", "name"]
    assert made.document == (
        "mutation Do($id: ID!, $expectedVersion: Int!, $input: MakeThingInput!)"
        " { done: updateThing(id: $id, expectedVersion: $expectedVersion, input: $input) { id name colours } }"
    )
    assert made.variables({"id": "T1", "name": "x", "expectedVersion": 2}) == {
        "input": {"name": "x"},
        "id": "T1",
        "expectedVersion": 2,
    }
