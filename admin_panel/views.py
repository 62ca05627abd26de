"""The panel's views: one generated for every object that the API exposes, and the few pages that are more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flask_admin import BaseView

from admin_panel.applying import Apply
from admin_panel.bulk import Bulk, BulkIssue
from admin_panel.certificate_register import CertificateView
from admin_panel.certificates import IssueDesk
from admin_panel.deed_view import OwnPassword
from admin_panel.desk import Desk
from admin_panel.exports import Exports
from admin_panel.home import Home
from admin_panel.importer import Importer
from admin_panel.item_requests import ItemRequestView
from admin_panel.items import ItemView
from admin_panel.metadata import ObjectInfo
from admin_panel.operations import OperationView
from admin_panel.policy import PolicyMatrix
from admin_panel.policy_diff import PolicyDiff
from admin_panel.policy_import import PolicyImport
from admin_panel.policy_rights import PolicyRights, UserView
from admin_panel.policy_simulate import PolicySimulate
from admin_panel.policy_versions import PolicyVersionView
from admin_panel.registry import ENTRIES, Entry
from admin_panel.row_lookup import RowLookup
from admin_panel.scanning import Scan
from admin_panel.sheet_view import MySheet, SheetView
from admin_panel.supervising import OwnStudents
from admin_panel.view import ObjectView

#: Objects whose details are more than their fields.
SPECIAL: Mapping[str, type[ObjectView]] = {
    "Sheet": SheetView,
    "Certificate": CertificateView,
    "Item": ItemView,
    "ItemRequest": ItemRequestView,
    "Operation": OperationView,
    "User": UserView,
    "PolicyVersion": PolicyVersionView,
}


def home_view() -> Home:
    return Home()


def all_views(objects: Mapping[str, ObjectInfo]) -> Iterator[BaseView]:
    """In the order of the menu."""
    yield MySheet(objects)
    yield Apply(objects)
    yield OwnPassword(objects)
    yield RowLookup(objects)
    yield Desk(objects)
    yield Scan(objects)
    yield OwnStudents(objects, "mystudents")
    yield Bulk(objects, "bulk")
    yield Importer(objects)
    yield Exports()
    yield IssueDesk(objects)
    yield BulkIssue(objects, "bulkissue")
    for info in sorted(objects.values(), key=lambda each: ENTRIES.get(each.name, Entry()).order):
        if not ENTRIES.get(info.name, Entry()).hidden:
            yield SPECIAL.get(info.name, ObjectView)(objects, info)
    yield PolicyMatrix(objects, "policy")
    yield PolicyDiff(objects, "policydiff")
    yield PolicySimulate(objects, "policysimulate")
    yield PolicyImport(objects, "policyimport")
    yield PolicyRights(objects, "policyrights")
