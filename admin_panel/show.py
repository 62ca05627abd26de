"""How values look: icons, badges, dates, choices. A state always shows its icon, its word and its colour together."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app, url_for
from markupsafe import Markup

from admin_panel.language import english
from admin_panel.metadata import Choice
from admin_panel.words import both, say

#: Tone, icon and word of an outcome.
OUTCOME = {
    "APPLIED": ("green", "check", "will_change"),
    "UNCHANGED": ("grey", "dash", "unchanged"),
    "REFUSED": ("red", "cross", "refused"),
    "NOT_APPLIED": ("amber", "hold", "not_applied"),
}
#: The icon of a tone: a state is never told by colour alone.
SYMBOLS = {"red": "cross", "green": "check", "grey": "dash", "amber": "event"}


def asset(name: str) -> str:
    """The address of one of our static files; it changes with the file, so browsers may keep it for long."""
    return url_for("static", filename=name, v=current_app.extensions["lixiao_fingerprints"][name])


def icon(name: str) -> Markup:
    """One symbol of the sprite; decoration only, so it is silent to screen readers."""
    return Markup('<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>').format(
        asset("icons.svg"), name
    )


def badge(tone: str, symbol: str, word: object) -> Markup:
    """Colour, icon and word of a state."""
    return Markup('<span class="state {}">{}{}</span>').format(tone, icon(symbol), word)


def status_badge(status: str) -> Markup:
    """The badge of a clearance's status, in the API's own words and tone."""
    return choice_badge(current_app.extensions["lixiao_objects"]["Clearance"].fields["status"].choice(status))


def outcome_badge(outcome: str, dry_run: bool = False) -> Markup:
    tone, symbol, key = OUTCOME[outcome]
    return badge(tone, symbol, say("changed" if outcome == "APPLIED" and not dry_run else key))


def choice_badge(choice: Choice) -> Markup:
    """The badge of a member of some closed set, in the tone that the API gives it."""
    return badge(choice.tone, SYMBOLS.get(choice.tone, "dash"), choice.label)


def headline(refusal: dict[str, Any]) -> str:
    """A refusal's sentence without its list of items, for pages that show the blockers as a list below it."""
    message = str(refusal.get("message") or refusal.get("code") or "")
    if not refusal.get("blockers"):
        return message
    for dash in ("——", " – "):
        message = message.partition(dash)[0]
    return message


def zone() -> ZoneInfo:
    """The university's time zone."""
    return ZoneInfo(current_app.config["BABEL_DEFAULT_TIMEZONE"])


def moment(value: str | datetime | None) -> datetime | None:
    """An API date-time, in the installation's time zone."""
    if not value:
        return None
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    return found.astimezone(zone()) if found.tzinfo else found


def when(value: str | datetime | None) -> Markup:
    """A date-time as people read it: the year only when it is another one."""
    at = moment(value)
    if at is None:
        return Markup("")
    shape = "%Y-%m-%d %H:%M" if at.year != datetime.now(at.tzinfo).year else "%m-%d %H:%M"
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        at.isoformat(), at.strftime("%Y-%m-%d %H:%M:%S"), at.strftime(shape)
    )


def day(value: str | date | None) -> str:
    if not value:
        return ""
    return value if isinstance(value, str) else value.isoformat()


def yes_no(value: bool | None) -> str:
    return "" if value is None else say("yes" if value else "no")


def in_language(row: dict[str, Any] | None, name: str = "name") -> str:
    """A name or text that a row keeps in both languages (`name`, `nameEn`)."""
    if not row:
        return ""
    return str((english() and row.get(f"{name}En")) or row.get(name) or "")


def named(row: dict[str, Any] | None) -> str:
    """What a related row is called in this request's language."""
    return str(row.get("nameEn") or row.get("displayLabel") or "") if row else ""


TEMPLATE_TOOLS: dict[str, Any] = {
    "asset": asset,
    "icon": icon,
    "badge": badge,
    "status_badge": status_badge,
    "outcome_badge": outcome_badge,
    "choice_badge": choice_badge,
    "headline": headline,
    "when": when,
    "moment": moment,
    "yes_no": yes_no,
    "in_language": in_language,
    "named": named,
    "both": both,
    "url": url_for,
}
