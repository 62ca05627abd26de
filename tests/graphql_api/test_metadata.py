from __future__ import annotations

from graphql_api.metadata import ObjectInfo, objects
from graphql_api.registry import registry
from tests.graphql_api.asking import core, in_role

ASKED = """{ objects {
  name plural singular label { zh en } searchable importKey defaultOrder listColumns schemaVersion
  fields { name label { zh en } help { zh en } group type unique maxLength pattern multiline sensitive default
           choices { value label { zh en } tone } }
  actions { name label { zh en } confirm danger arguments } } }"""


def of(name: str) -> ObjectInfo:
    [found] = [each for each in objects() if each.name == name]
    return found


async def test_anybody_who_has_signed_in_may_ask_what_there_is():
    answer = await in_role("student").ask(ASKED)
    assert [each["name"] for each in answer["objects"]] == [each.name for each in registry()]
    [students] = [each for each in answer["objects"] if each["name"] == "Student"]
    [number] = [each for each in students["fields"] if each["name"] == "studentNo"]
    assert number == {
        "name": "studentNo",
        "label": {"zh": "学号", "en": "Student no."},
        "help": None,
        "group": None,
        "type": "String",
        "unique": True,
        "maxLength": 32,
        "pattern": None,
        "multiline": False,
        "sensitive": False,
        "default": None,
        "choices": None,
    }
    assert students["searchable"] is True
    assert students["importKey"] == ["studentNo"]
    assert students["defaultOrder"] == ["studentNo"]
    assert students["listColumns"] == ["studentNo", "name", "college", "major", "className", "level"]


def test_a_status_has_words_and_a_tone_and_never_a_colour_alone():
    [status] = [each for each in of("Clearance").fields if each.name == "status"]
    assert status.choices is not None
    assert [(each.value, each.label.zh, each.tone) for each in status.choices] == [
        ("PENDING", "未办理", "red"),
        ("NOT_REQUIRED", "无需办理", "grey"),
        ("CLEARED", "已办理", "green"),
    ]
    assert (status.type, status.default) == ("ClearanceStatus", "PENDING")


def test_types_are_those_of_the_schema():
    for each in objects():
        for field in each.fields:
            assert field.type in core().type_map, f"{each.name}.{field.name}"


def test_defaults_are_written_as_the_api_writes_them():
    defaults = {each.name: each.default for each in of("Batch").fields}
    assert defaults["status"] == "PREPARING"
    assert defaults["rangeLimit"] == 200
    assert defaults["acceptsApplications"] is False
    assert defaults["code"] is None
    assert defaults["version"] is None


def test_verbs_come_with_the_policies_words_and_their_manners():
    verbs = {each.name: (each.label.zh, each.confirm, each.danger) for each in of("Clearance").actions}
    assert verbs["clear"] == ("办理通过", False, False)
    assert verbs["revoke"] == ("撤销", True, True)
    assert "read" not in verbs
    assert "create" not in verbs


def test_an_objects_version_is_a_fingerprint_of_its_fields():
    versions = [each.schema_version for each in objects()]
    assert len(set(versions)) == len(versions)
    assert all(len(each) == 12 for each in versions)
