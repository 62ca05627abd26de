"""The texts of how a page looks: light, dark, or as the device has it."""

from __future__ import annotations

from admin_panel.language import Text

WORDS: dict[str, Text] = {
    "look": Text("外观", "Appearance"),
    "look_auto": Text("跟随系统", "Automatic"),
    "look_light": Text("浅色", "Light"),
    "look_dark": Text("深色", "Dark"),
}
