"""Names for fields that are granted together: `@basic` in a policy row stands for each of them.

A sensitive field is in no group: whoever reads the table must see it named.
"""

from __future__ import annotations


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


GROUPS: dict[str, dict[str, tuple[str, ...]]] = {
    "Student": {
        # who this is, and where the person studies
        "@basic": _names(
            "student_no name name_latin gender level college major class_name grade enrolment_status person"
        ),
        "@document": _names("id_type id_no_masked"),
        "@political": _names("political_status"),
        "@dorm": _names("building room"),
        # what the applicability rules of the items look at (B7)
        "@facts": _names(
            "nationality is_resident has_loan has_advance has_medical_debt has_gown uses_lab hukou_at_school"
            " archive_at_school is_international"
        ),
    },
    "Sheet": {
        # everything on a sheet's line but the building, which is the dormitory centre's own (R24)
        "@line": _names(
            "batch student leave_type state origin college major class_name level late_until moved_to created_at"
            " updated_at"
        ),
        "@count": _names("batch student leave_type state origin college major class_name level created_at"),
    },
    "Clearance": {
        "@status": _names("sheet item status prerequisite_reopened decided_at updated_at"),
        # what the student may know besides: the note, why, what is missing, on what the state rests
        "@note": _names("note reason hold decided_by"),
        "@staff": _names("internal_note decided_user on_behalf_of created_at"),
        "@count": _names("sheet item status reason decided_by decided_at prerequisite_reopened"),
    },
    "Certificate": {
        "@line": _names("sheet kind status number printed_at issued_at issued_user updated_at"),
        # how it was handed over; the collector's name and document are sensitive and named one by one
        "@handover": _names("collection collector_relation letter_checked wrong_recipient void_reason created_at"),
        "@count": _names("sheet kind status printed_at issued_at collection wrong_recipient"),
    },
    "Item": {
        # what students and staff may know of an item
        "@guide": _names("batch code name name_en kind department handled_by instruction instruction_en place order"),
        "@count": _names("batch code name name_en kind department handled_by order"),
    },
    "Building": {
        "@place": _names("code name name_en duty_place duty_phone"),
    },
    "User": {
        "@contact": _names("username name active"),
    },
}
