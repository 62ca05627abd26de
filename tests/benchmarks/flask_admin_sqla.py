"""`python -m tests.benchmarks.flask_admin_sqla DATABASE_URL PORT`: the list of sheets as Flask-Admin's own SQLAlchemy
backend makes it, as its documentation shows how: the same columns, filters, order and page. No sign-in, no policies.
"""

from __future__ import annotations

import sys
from pathlib import Path

from a2wsgi import WSGIMiddleware
from flask import Flask
from flask_admin import Admin
from flask_admin.contrib.sqla import ModelView
from flask_admin.theme import Bootstrap4Theme
from flask_babel import Babel
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import ForeignKey
from sqlalchemy.engine import URL
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Mount, Route

from models.database_url import DatabaseUrl, parse
from tests.benchmarks.servers import FLASK_ADMIN, serve

THREADS = 8  # as the panel of Lixiao has


class Base(DeclarativeBase):
    pass


class Batch(Base):
    __tablename__ = "batch"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str]


class College(Base):
    __tablename__ = "college"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str]
    name: Mapped[str]

    def __str__(self) -> str:
        return self.name


class Student(Base):
    __tablename__ = "student"
    id: Mapped[int] = mapped_column(primary_key=True)
    student_no: Mapped[str]
    name: Mapped[str]


class Sheet(Base):
    __tablename__ = "sheet"
    id: Mapped[int] = mapped_column(primary_key=True)
    class_name: Mapped[str]
    leave_type: Mapped[str]
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"))
    student_id: Mapped[int] = mapped_column(ForeignKey("student.id"))
    college_id: Mapped[int] = mapped_column(ForeignKey("college.id"))
    batch: Mapped[Batch] = relationship()
    student: Mapped[Student] = relationship()
    college: Mapped[College] = relationship()


class SheetView(ModelView):
    column_list = ("student.student_no", "student.name", "college", "class_name", "leave_type")
    column_sortable_list = ("student.student_no", "student.name", "class_name", "leave_type")
    column_searchable_list = ("student.student_no", "student.name")
    column_filters = ("student.student_no", "student.name", "batch.code", "college.code", "class_name", "leave_type")
    column_default_sort = "student.student_no"
    can_set_page_size = True
    named_filter_urls = True


def main(url: str, port: str) -> None:
    flask = Flask(__name__)
    flask.config["SECRET_KEY"] = "for a benchmark only"
    flask.config["SQLALCHEMY_DATABASE_URI"] = engine_url(parse(url))
    Babel(flask)  # Flask-Admin speaks through it where it is installed
    database = SQLAlchemy(flask, model_class=Base)
    admin = Admin(flask, theme=Bootstrap4Theme(), url="/")
    admin.add_view(SheetView(Sheet, database, endpoint="sheet"))
    panel = WSGIMiddleware(flask, workers=THREADS)  # type: ignore[arg-type]  # two names for WSGI's types
    ready = Route("/readyz", lambda _request: Response())
    serve(Starlette(routes=[ready, Mount("/admin", panel)]), port)  # type: ignore[arg-type]  # a2wsgi's own word for ASGI


def engine_url(address: DatabaseUrl) -> URL | str:
    """The database as SQLAlchemy is told of it."""
    if not address.credentials:
        return f"sqlite:///{Path(str(address.path)).resolve()}"
    given = address.credentials
    return URL.create(
        "postgresql+psycopg",
        given.get("user"),
        given.get("password"),
        given.get("host"),
        given.get("port"),
        given.get("database"),
        {"application_name": FLASK_ADMIN},
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
