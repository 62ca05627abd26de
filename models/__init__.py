"""The tables, declared once, and in `models.rules` the rules that are true whoever asks; no roles and no doors here."""

from __future__ import annotations

from tortoise.models import Model

from models.accounts import ApiToken, RoleAssignment, Session, SignInAttempt, User
from models.certificates import Certificate
from models.files import File, FilePiece
from models.jobs import Job, JobPiece
from models.ledger import (
    CertificateCounter,
    Event,
    IdempotencyKey,
    ItemBuildingCounter,
    ItemCollegeCounter,
    Operation,
    OperationRow,
)
from models.observations import SyncObservation
from models.organisation import Building, College, Department
from models.people import Student, Supervision
from models.policy_versions import PolicyDraft, PolicyHead, PolicyVersion
from models.saved_filters import SavedFilter
from models.season import Batch, Clearance, Item, ItemRequest, Prerequisite, Sheet
from models.stored_documents import StoredDocument

ALL: tuple[type[Model], ...] = (
    College,
    Department,
    Building,
    User,
    RoleAssignment,
    ApiToken,
    Session,
    SignInAttempt,
    Student,
    Supervision,
    Batch,
    Item,
    Prerequisite,
    Sheet,
    Clearance,
    ItemRequest,
    Certificate,
    Operation,
    OperationRow,
    Event,
    ItemCollegeCounter,
    ItemBuildingCounter,
    CertificateCounter,
    IdempotencyKey,
    SyncObservation,
    PolicyHead,
    PolicyVersion,
    PolicyDraft,
    StoredDocument,
    SavedFilter,
    File,
    FilePiece,
    Job,
    JobPiece,
)

__all__ = [
    "ALL",
    "ApiToken",
    "Batch",
    "Building",
    "Certificate",
    "CertificateCounter",
    "Clearance",
    "College",
    "Department",
    "Event",
    "File",
    "FilePiece",
    "IdempotencyKey",
    "Item",
    "ItemBuildingCounter",
    "ItemCollegeCounter",
    "ItemRequest",
    "Job",
    "JobPiece",
    "Operation",
    "OperationRow",
    "PolicyDraft",
    "PolicyHead",
    "PolicyVersion",
    "Prerequisite",
    "RoleAssignment",
    "SavedFilter",
    "Session",
    "Sheet",
    "SignInAttempt",
    "StoredDocument",
    "Student",
    "Supervision",
    "SyncObservation",
    "User",
]
