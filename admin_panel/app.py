"""The Flask application of the panel. It knows a Client and no database; build it off the event loop, which answers."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask, get_flashed_messages
from flask_admin import Admin
from flask_admin.theme import Bootstrap4Theme
from flask_babel import Babel

from admin_panel import entry, errors, security, uploading
from admin_panel.client import Client
from admin_panel.inputs import mutations_of
from admin_panel.language import Text, babel_locale, english, lazy, locale
from admin_panel.metadata import load_objects, load_schema
from admin_panel.pages import menu
from admin_panel.plain_deeds import generated_deeds
from admin_panel.sheet_view import acts
from admin_panel.show import TEMPLATE_TOOLS
from admin_panel.theme import SCHEMES, theme
from admin_panel.views import all_views, home_view
from admin_panel.visit import here, viewer
from admin_panel.words import both, listed, say

STATIC = Path(__file__).parent / "static"


@dataclass(frozen=True, slots=True)
class Installation:
    """What the panel must know of where it stands. `locale`: `zh_CN` or `en`, until a person chooses."""

    secret_key: str
    university: Text
    help_phone: str = ""
    help_email: str = ""
    locale: str = "zh_CN"
    timezone: str = "Asia/Shanghai"
    secure_cookies: bool = False


def make_panel(client: Client, installation: Installation) -> Flask:
    """The panel over `client`, to be mounted at any prefix. Reads the API's metadata once; no data."""
    app = Flask(__name__)
    _configure(app, installation)
    app.extensions["lixiao_client"] = client
    schema = load_schema(client)
    app.extensions["lixiao_objects"] = objects = load_objects(client, schema)
    app.extensions["lixiao_mutations"] = mutations = mutations_of(schema)
    app.extensions["lixiao_deeds"] = generated_deeds(objects, mutations)
    Babel(app, locale_selector=babel_locale, timezone_selector=lambda: installation.timezone)
    uploading.make_room(app)
    security.protect(app)
    errors.handle_errors(app)
    app.before_request(entry.ask_role_first)
    app.before_request(entry.refuse_other_role)
    app.after_request(entry.keep_session)
    app.register_blueprint(entry.entry)
    app.register_blueprint(acts)
    _words_for_templates(app, installation)
    admin = Admin(
        app,
        name=lazy(both("product")),
        url="/",
        index_view=home_view(),
        theme=Bootstrap4Theme(base_template="admin/base.html"),
    )
    for view in all_views(objects):
        admin.add_view(view)
    app.context_processor(lambda: {"panel_admin": admin})
    return app


def _configure(app: Flask, installation: Installation) -> None:
    app.config.update(
        SECRET_KEY=installation.secret_key,
        SESSION_COOKIE_NAME="lixiao_panel",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=installation.secure_cookies,
        SEND_FILE_MAX_AGE_DEFAULT=30 * 86400,  # addresses of static files carry a fingerprint
        MAX_CONTENT_LENGTH=2 * 1024 * 1024,  # forms; files go to the API's own door
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        LIXIAO_LOCALE=installation.locale,
        BABEL_DEFAULT_TIMEZONE=installation.timezone,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


def _words_for_templates(app: Flask, installation: Installation) -> None:
    app.extensions["lixiao_fingerprints"] = {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()[:10] for file in STATIC.iterdir()
    }

    def form_token() -> str:
        person = viewer()
        return security.csrf_token(person.role.name if person and person.role else "")

    def for_page() -> dict[str, Any]:
        return {
            "say": say,
            "listed": listed,
            "person": viewer(),
            "installation": installation,
            "english": english(),
            "look": theme(),
            "color_scheme": SCHEMES[theme()],
            "html_lang": "en" if locale() == "en" else "zh-CN",
            "csrf_token": form_token,
            "menu_for": menu,
            "here": here,
            "messages": get_flashed_messages,
            **TEMPLATE_TOOLS,
        }

    app.context_processor(for_page)
