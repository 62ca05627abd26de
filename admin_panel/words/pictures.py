"""The texts of pictures of statistics, and of pictures that cannot be drawn."""

from __future__ import annotations

from admin_panel.language import Text

WORDS: dict[str, Text] = {
    "picture_empty": Text("没有数据", "No data"),
    "picture_rest": Text(
        "只画前 {count} 项,另有 {rest} 项见表格",
        "First {count}; {rest} more in the table",
    ),
    "picture_number": Text("{name}:{value}。", "{name}: {value}."),
    "picture_bars": Text("{name},共 {count} 项。", "{name}, {count} in all."),
    "picture_most": Text(
        "最多:{most} {most_value};最少:{least} {least_value}。",
        "Most: {most} {most_value}; least: {least} {least_value}.",
    ),
    "picture_stacked": Text("共 {count} 项,合计:{parts}。", "{count} in all, together: {parts}."),
    "picture_part": Text("{name} {value}({percent}%)", "{name} {value} ({percent}%)"),
    "picture_line": Text(
        "{name}:{first_day} 为 {first},{last_day} 为 {last},最高 {most}({most_day})。",
        "{name}: {first} on {first_day}, {last} on {last_day}, highest {most} ({most_day}).",
    ),
    "picture_line_none": Text("{name}:没有可显示的数字。", "{name}: no number to be shown."),
    "picture_hidden": Text("{count} 个数字因人数过少不显示。", "Numbers too small to be shown: {count}."),
    "picture_below_zero": Text(
        "有小于 0 或不是数的值,不能画图;请看表格。",
        "A value is below 0 or no number; there is no picture, see the table.",
    ),
    "picture_series": Text(
        "这种图画不下这么多组数字({names})。请减少分组或换一种图。",
        "This kind of picture has no room for so many series ({names}). Ask for fewer, or choose another kind.",
    ),
    "picture_one_number": Text(
        "单个数字的图只能有一行,现有 {count} 行。请换一种图。",
        "A single number needs one row; there are {count}. Choose another kind.",
    ),
    "picture_days": Text(
        "折线图的每一行须是一天,按日期先后,不重复。请按天分组并排序。",
        "A line needs one row for each day, in order, none twice. Group by day and sort by it.",
    ),
}
