from __future__ import annotations

import pytest

import models
from graphql_api.lookups import key_parts
from graphql_api.naming import camel, plural
from graphql_api.registry import Column, Kind, ToMany, ToOne, registry
from models.declare import entity_of, note_of


def test_every_exposed_model_is_there_under_its_names():
    assert {each.singular: each.plural for each in registry()} == {
        "college": "colleges",
        "department": "departments",
        "building": "buildings",
        "user": "users",
        "roleAssignment": "roleAssignments",
        "apiToken": "apiTokens",
        "student": "students",
        "supervision": "supervisions",
        "batch": "batches",
        "item": "items",
        "prerequisite": "prerequisites",
        "sheet": "sheets",
        "clearance": "clearances",
        "itemRequest": "itemRequests",
        "certificate": "certificates",
        "operation": "operations",
        "event": "events",
        "syncObservation": "syncObservations",
        "policyVersion": "policyVersions",
        "savedFilter": "savedFilters",
    }


@pytest.mark.parametrize(
    ("one", "many"), [("property", "properties"), ("day", "days"), ("box", "boxes"), ("dish", "dishes")]
)
def test_plurals_follow_english(one, many):
    assert plural(one) == many


def test_names_are_camel_case():
    assert [camel(name) for name in ("student_no", "id_no_masked", "name")] == ["studentNo", "idNoMasked", "name"]


def test_internal_fields_exist_at_no_door():
    for model in models.ALL:
        if not entity_of(model).exposed:
            assert model.__name__ not in registry()
            continue
        exposed = registry()[model.__name__]
        for name in model._meta.fields_map:
            if name in exposed.columns or name in exposed.ones:
                assert not note_of(model, name).internal
    sheet = registry()["Sheet"]
    assert {"holder", "verifyToken"}.isdisjoint(sheet.members)
    assert {"passwordHash", "sessions"}.isdisjoint(registry()["User"].members)


def test_foreign_keys_are_relations_and_never_numbers():
    sheet = registry()["Sheet"]
    assert isinstance(sheet.members["student"], ToOne)
    assert sheet.ones["student"].column == "student_id"
    assert sheet.ones["student"].target == "Student"
    assert not sheet.ones["student"].nullable
    assert sheet.ones["building"].nullable
    assert "studentId" not in sheet.members


def test_lists_are_those_the_entity_names():
    found = registry()["Sheet"].lists["clearances"]
    assert found == ToMany(
        "clearances", "clearances", "sheet_id", "sheet", "Clearance", entity_of(models.Clearance).plural
    )
    assert list(registry()["Student"].lists) == ["sheets", "supervisions", "numbers"]


def test_kinds_of_columns():
    kinds = {name: member.kind for name, member in registry()["Item"].members.items() if isinstance(member, Column)}
    assert kinds["id"] is Kind.ID
    assert kinds["code"] is Kind.TEXT
    assert kinds["kind"] is Kind.CHOICE
    assert kinds["ways"] is Kind.TEXTS
    assert kinds["order"] is Kind.NUMBER
    assert kinds["withdrawnAt"] is Kind.MOMENT
    assert registry()["ItemRequest"].columns["proposal"].kind is Kind.JSON
    assert registry()["Prerequisite"].columns["reopen"].kind is Kind.YES_NO


def test_only_events_have_no_version():
    assert [each.name for each in registry() if not each.versioned] == ["Event"]


def test_natural_keys_become_arguments():
    keys = {each.name: [part.name for part in key_parts(each, registry())] for each in registry()}
    assert {name: parts for name, parts in keys.items() if parts} == {
        "College": ["code"],
        "Department": ["code"],
        "Building": ["code"],
        "User": ["username"],
        "Student": ["studentNo"],
        "Supervision": ["studentNo", "supervisor"],
        "Batch": ["code"],
        "Item": ["batch", "code"],
        "Sheet": ["batch", "studentNo"],
        "PolicyVersion": ["number"],
    }
