"""What Flask-Admin brings along and the panel must not let through: second calls, editing, open lookups."""

from __future__ import annotations

import pytest
from flask import Flask
from flask_admin import Admin, expose

from admin_panel.language import Text
from admin_panel.pages import Page
from admin_panel.visit import Viewer
from tests.served import Someone


class Failing(Page):
    """A page whose view raises TypeError, and counts how often it was asked."""

    asked = 0

    def shown_to(self, viewer: Viewer) -> bool:
        return True

    def is_accessible(self) -> bool:
        return True

    @expose("/")
    def index(self) -> str:
        type(self).asked += 1
        raise TypeError("from within")


def test_a_view_that_fails_is_called_once() -> None:
    app = Flask(__name__)
    app.secret_key = "for tests only"
    app.testing = True
    admin = Admin(app, url="/")
    admin.add_view(Failing("failing"))
    with pytest.raises(TypeError, match="from within"):
        app.test_client().get("/failing/")
    assert Failing.asked == 1


@pytest.mark.parametrize("path", ["new/", "edit/?id=1", "ajax/lookup/?name=college&query=x"])
def test_reading_addresses_of_flask_admin_lead_nowhere(someone: Someone, path: str) -> None:
    answer = someone("office").http.get(f"/admin/student/{path}", follow_redirects=False)
    assert answer.status_code in (302, 404)


@pytest.mark.parametrize("path", ["new/", "edit/?id=1", "delete/", "action/", "ajax/update/"])
def test_writing_addresses_of_flask_admin_change_nothing(someone: Someone, path: str) -> None:
    person = someone("office")
    person.get("/admin/student/", search="221599103")
    fields = {"csrf_token": person.token, "id": "1", "name": "X", "action": "delete", "rowid": "1", "list_form_pk": "1"}
    answer = person.http.post(f"/admin/student/{path}", data=fields, follow_redirects=False)
    assert answer.status_code in (302, 404)
    assert "王伟" in person.get("/admin/student/", search="221599103").text


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_other_methods_are_no_way_in(someone: Someone, method: str) -> None:
    answer = someone("office").http.request(method, "/admin/sheet/")
    assert answer.status_code in (400, 405)


def test_a_text_is_shown_in_the_language_of_its_request() -> None:
    assert str(Text("学生", "Student")) == "学生"
