"""The metrics of support that page one has no card for: key, label, unit, better, level, words."""

from __future__ import annotations

_NINE = "Business minutes within which nine of ten cases were done; fewer than 37 cases hold none."
_SEVEN = "Counted in the month the seven days after them end in. Interval: Wilson, 95 %."

MORE = [
    ("first_reply_minutes_p90", "First reply time, 90th percentile", "minutes", "lower", 610.0,
     _NINE),
    ("first_resolution_minutes", "First resolution time", "minutes", "lower", 880.0,
     "Median business minutes from a case's creation to the first time it was solved."),
    ("first_resolution_minutes_p90", "First resolution time, 90th percentile", "minutes", "lower",
     2150.0, _NINE),
    ("full_resolution_minutes_p90", "Full resolution time, 90th percentile", "minutes", "lower",
     2900.0, _NINE),
    ("first_contact_resolution", "First-contact resolution", "percent", "higher", 88.0, _SEVEN),
    ("case_backlog", "Open cases at the month's end", "cases", "lower", 30.0,
     "Number of cases neither solved nor closed when the month ended."),
    ("bot_resolution_rate", "Resolved by the bot", "percent", "higher", 35.0, _SEVEN),
    ("bot_handover_rate", "Handed over by the bot", "percent", "neither", 60.0, _SEVEN),
]  # fmt: skip
