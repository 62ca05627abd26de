"""证书登记: the list of certificates with its sums by kind and state, and what is put right on one of them (B14)."""

from __future__ import annotations

from typing import Any

from flask import abort, request
from flask_admin import expose

from admin_panel.acting import RESULT
from admin_panel.certificates import carry_out, take_back
from admin_panel.client import ApiFailure, Json
from admin_panel.sheet import readable, words_of
from admin_panel.view import ObjectView
from admin_panel.visit import execute, one, signed_in

COUNTS = """query Register($where: CertificateFilter) {
  certificateGroups(where: $where, groupBy: [KIND, STATUS]) { count key { kind status } } }"""
SUMMED = ("kind", "status")
WHOSE = (
    "kind",
    "number",
    "status",
    "wrongRecipient",
    "sheet.batch.code",
    "sheet.student.studentNo",
    "sheet.student.name",
)
VOID = f"mutation Void($input: VoidCertificatesInput!) {{ voidCertificates(input: $input) {{ {RESULT} }} }}"
ENTITLE = f"mutation Entitle($input: ImportCertificatesInput!) {{ importCertificates(input: $input) {{ {RESULT} }} }}"


class CertificateView(ObjectView):
    list_template = "panel/certificate_list.html"
    details_template = "panel/certificate.html"

    def _for_template(self) -> dict[str, Any]:
        return super()._for_template() | {"register": self._register}

    def _register(self) -> dict[str, Any] | None:
        """How many stand at each state, by kind, under the list's other conditions; None for who may not count."""
        where = self.where_now() or {}
        others = ({name: node[name] for name in node if name not in SUMMED} for node in where.get("and", ()))
        kept = [node for node in others if node]
        try:
            groups = execute(COUNTS, {"where": {"and": kept}} if kept else {})["certificateGroups"]
        except ApiFailure as failure:
            if failure.code == "UNAUTHENTICATED":
                raise
            return None
        counts = {(each["key"]["kind"], each["key"]["status"]): each["count"] for each in groups}
        kinds, states = words_of(self.objects, "Certificate", "kind"), words_of(self.objects, "Certificate", "status")
        return {
            "kinds": {kind: word for kind, word in kinds.items() if any(kind == key for key, _state in counts)},
            "states": states,
            "count": lambda kind, state: counts.get((kind, state), 0),
            "total": lambda state: sum(n for (_kind, at), n in counts.items() if at == state),
            "address": self._narrowed,
        }

    def _narrowed(self, kind: str | None, state: str | None) -> str:
        """The list with another kind and state, and its other conditions."""
        named = {each.path: each.parameter for each in self._filters or () if each.path in ("kind", "status")}
        kept = {name: value for name, value in self.list_parameters().items() if name not in named.values()}
        chosen = {named["kind"]: kind, named["status"]: state}
        return str(self.get_url(".index_view", **kept, **{name: value for name, value in chosen.items() if value}))

    @expose("/details/")
    def details_view(self) -> Any:
        """One certificate, with what may be put right on it."""
        row_id = request.args.get("id") or abort(404)
        row, whose = self.get_one(row_id), self._whose(row_id)
        student, others = whose["sheet"].get("student") or {}, whose["sheet"]["certificates"]
        return self.render(
            self.details_template,
            model=row,
            whose=whose,
            who=" ".join(filter(None, (student.get("studentNo"), student.get("name")))),
            proof_fits=_proof_fits(whose, others),
            return_url=self.get_url(".index_view"),
            related=self._related(row),
        )

    def _whose(self, row_id: str) -> Json:
        """The certificate as its forms need it, with the sheet's other ones."""
        shown = readable(self.objects, signed_in(), "Certificate", WHOSE)
        selected = f"{shown} sheet {{ certificates {{ kind status }} }}"
        return one(f"query Whose($id: ID!) {{ one: certificate(id: $id) {{ {selected} }} }}", row_id)

    @expose("/take-back", methods=("POST",))
    def take_back(self) -> Any:
        """撤回发证, or what lay with the wrong person has come back."""
        return take_back(self.get_url(".index_view"))

    @expose("/void", methods=("POST",))
    def void(self) -> Any:
        """作废, with the reason; the number is never used again."""
        given: Json = {
            "certificates": request.form.getlist("certificates"),
            "reason": request.form.get("reason", "").strip(),
        }
        return carry_out("voidCertificates", VOID, given, "void_done", self.get_url(".index_view"))

    @expose("/proof", methods=("POST",))
    def proof(self) -> Any:
        """证明书 in the place of a second original: entered as printed, with its number."""
        form = request.form
        line = {
            "studentNo": form.get("student", ""),
            "kind": "PROOF",
            "number": form.get("number", "").strip(),
            "printed": "true",
        }
        given: Json = {"batch": form.get("batch", ""), "rows": [line]}
        return carry_out("importCertificates", ENTITLE, given, "proof_done", self.get_url(".index_view"))


def _proof_fits(whose: Json, others: list[Json]) -> bool:
    """Whether a certificate of proof may stand for this one: it was handed out or is void, and nothing took its place.
    The API decides again."""
    valid = {each["kind"] for each in others if each["status"] != "VOID"}
    gone = whose["status"] == "ISSUED" or (whose["status"] == "VOID" and whose["kind"] not in valid)
    return gone and "PROOF" not in valid and whose["kind"] != "PROOF"
