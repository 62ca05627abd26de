"""The catalogue is the models' own declarations: nothing internal, nothing missing, every name in both languages."""

from __future__ import annotations

from importlib.metadata import packages_distributions

import models
from models.declare import Words, entity_of
from policies.actions import ACTIONS, VERBS_OF
from policies.catalogue import HANDLES, OBJECTS, WHOLE
from policies.groups import GROUPS
from policies.roles import PARENTS, ROLES
from policies.scopes import SCOPES


def test_objects_are_what_the_models_expose_and_the_api_itself():
    exposed = {model.__name__ for model in models.ALL if entity_of(model).exposed}
    assert set(OBJECTS) == exposed | {"Api"}


def test_fields_are_the_columns_by_their_own_names():
    assert list(OBJECTS["Supervision"].fields) == ["created_at", "updated_at", "student", "supervisor"]
    assert "college" in OBJECTS["Student"].fields
    assert "college_id" not in OBJECTS["Student"].fields


def test_internal_fields_and_handles_do_not_exist():
    assert not {"password_hash", *HANDLES} & set(OBJECTS["User"].fields)
    assert not {"holder", "verify_token", *HANDLES} & set(OBJECTS["Sheet"].fields)
    assert "token_hash" not in OBJECTS["ApiToken"].fields
    assert "body" not in OBJECTS["PolicyVersion"].fields


def test_sensitive_fields_are_known():
    sensitive = {
        (each.name, field.name) for each in OBJECTS.values() for field in each.fields.values() if field.sensitive
    }
    assert sensitive == {
        ("Student", "id_no"),
        ("Student", "phone"),
        ("User", "email"),
        ("User", "phone"),
        ("Certificate", "collector_name"),
        ("Certificate", "collector_id_last4"),
    }


def test_what_a_verb_changes_cannot_be_granted_for_plain_editing():
    student = OBJECTS["Student"]
    assert "id_no" in student.fields_for("update")
    assert not {"id_no_masked", "user", "person", "created_at"} & set(student.fields_for("update"))
    assert "clear" in OBJECTS["Clearance"].actions
    assert "update" not in OBJECTS["Clearance"].actions


def test_sensitive_fields_are_never_counted_by():
    assert not {"id_no", "phone"} & set(OBJECTS["Student"].fields_for("aggregate"))


def test_a_verb_is_about_the_whole_row():
    assert OBJECTS["Clearance"].fields_for("clear") == (WHOLE,)
    assert OBJECTS["Api"].fields_for("explore") == (WHOLE,)


def test_groups_name_fields_that_exist_and_no_sensitive_one():
    for name, groups in GROUPS.items():
        for group, fields in groups.items():
            assert group.startswith("@")
            assert set(fields) <= set(OBJECTS[name].fields), (name, group)
            assert not [each for each in fields if OBJECTS[name].fields[each].sensitive], (name, group)


def test_verbs_are_declared_for_objects_that_exist():
    assert set(VERBS_OF) <= set(OBJECTS)
    assert {verb for verbs in VERBS_OF.values() for verb in verbs} <= set(ACTIONS)


def test_scopes_are_declared_for_objects_that_exist():
    for scope in SCOPES.values():
        assert set(scope.filters) <= set(OBJECTS), scope.name
        assert scope.inside <= set(SCOPES), scope.name


def test_everything_is_named_in_both_languages():
    named: list[Words] = [each.label for each in ACTIONS.values()]
    named += [each.label for each in SCOPES.values()]
    named += [each.label for each in ROLES.values()]
    named += [each.label for each in OBJECTS.values()]
    assert [words for words in named if not (words.zh and words.en) or words.zh == words.en] == []


def test_the_seventeen_roles_in_their_order():
    assert [role.name for role in ROLES.values() if role.assignable] == [
        "student",
        "supervisor",
        "counsellor",
        "party_office",
        "secretary",
        "data_keeper",
        "cert_officer",
        "operator",
        "dorm_centre",
        "registrar",
        "office",
        "leader",
        "analyst",
        "campus_app",
        "account_admin",
        "policy_admin",
        "auditor",
    ]


def test_roles_name_the_units_of_their_assignments():
    assert ROLES["student"].units == {"none"}
    assert ROLES["counsellor"].units == {"college"}
    assert ROLES["operator"].units == {"department"}
    assert ROLES["dorm_centre"].units == {"department"}
    assert ROLES["staff"].units == frozenset()


def test_only_the_dormitory_centre_inherits_from_a_role_that_people_hold():
    assert [pair for pair in PARENTS if ROLES[pair[1]].assignable] == [("dorm_centre", "operator")]


def test_casbin_is_the_maintained_distribution():
    """The old distribution `casbin` owns the same folder; installed beside pycasbin it overwrites it silently."""
    assert packages_distributions()["casbin"] == ["pycasbin"]
