"""E-mail addresses and postal addresses in a text.

Streets are found by the way each country writes them; where a word alone would be a street as well
as an ordinary word (drive, close, way) it needs a house number and a capital. A postcode or a town
right behind a street goes with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

Span = tuple[int, int, str]

_AT = r"(?:\s?@\s?|\s*[\[({]\s*(?:at|ät|@|arroba|arobase|chez)\s*[\])}]\s*)"
_DOT = r"(?:\.|\s*[\[({]\s*(?:dot|punkt|point|punto|ponto|\.)\s*[\])}]\s*)"
_LOCAL = r"A-Za-zÀ-ž0-9_"  # Japanese runs up to an address without a space
_ENDS = (
    "com|org|net|co|edu|gov|info|biz|io|eu|uk|ie|de|at|ch|fr|be|es|it|pt|br|nl|pl|au|nz|ca|us|jp|in|za|"
    "example"
)
_EMAIL = (
    re.compile(rf"[{_LOCAL}.+'%\-]*[{_LOCAL}][+\-]?@(?:[\w\-]+\.)+[^\W\d_]{{2,}}"),
    re.compile(
        rf"[{_LOCAL}.+%\-]*[{_LOCAL}]{_AT}[\w\-]+(?:{_DOT}[\w\-]+)*{_DOT}[^\W\d_]{{2,}}",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?:[\w.+\-]+\s(?:dot|punkt|point|punto|ponto|underscore|unterstrich|dash|minus)\s){0,3}"
        r"[\w.+\-]+\s(?:at|ät|arroba|arobase)\s[\w\-]+"
        r"(?:\s(?:dot|punkt|point|punto|ponto)\s[\w\-]+)*"
        rf"\s(?:dot|punkt|point|punto|ponto)\s(?:{_ENDS})\b",
        re.IGNORECASE,
    ),
    # Spread out, or with an (a) for the sign: only where it ends like one.
    re.compile(
        rf"[{_LOCAL}.+\-]*[{_LOCAL}]\s?@\s?[\w\-]+(?:\s\.\s?[\w\-]+)*\s\.\s?(?:{_ENDS})\b",
        re.IGNORECASE,
    ),
    re.compile(
        rf"[{_LOCAL}.+\-]*[{_LOCAL}]\(a\)[\w\-]+(?:\.[\w\-]+)*\.(?:{_ENDS})\b", re.IGNORECASE
    ),
    # In other scripts there may be no space before it: what runs up to it goes with it.
    re.compile(rf"[\w.+\-]{{0,64}}[^\W{_LOCAL}]@(?:[\w\-]+\.)+[^\W\d_]{{2,}}"),
    re.compile(rf"[{_LOCAL}.+\-]*[{_LOCAL}]{{2}}@[^\W\d_][\w\-]+"),
)

_MAY_BE_EMAIL = re.compile(
    r"@|[\[({]\s*(?:at|a|ät|arroba|arobase|chez)\s*[\])}]"
    r"|\s(?:at|ät|arroba|arobase)\s[\w\-]+\s(?:dot|punkt|point|punto|ponto)\s",
    re.IGNORECASE,
)
_DIGIT = re.compile(r"\d")

_UP = "A-ZÀ-ÖØ-ÞĄĆĘŁŃŚŹŻŠŽČŘĎŤŇ"
_CAP = rf"[{_UP}][\w'’\-]*"
_NO = r"\d{1,5}\s?[a-zA-Z]?"
_AREA = (
    "AB|AL|BA|BB|BD|BH|BL|BN|BR|BS|BT|B|CA|CB|CF|CH|CM|CO|CR|CT|CV|CW|DA|DD|DE|DG|DH|DL|DN|DT|DY|"
    "EC|EH|EN|EX|E|FK|FY|GL|GU|G|HA|HD|HG|HP|HR|HS|HU|HX|IG|IP|IV|KA|KT|KW|KY|LA|LD|LE|LL|LN|LS|"
    "LU|L|ME|MK|ML|M|NE|NG|NN|NP|NR|NW|N|OL|OX|PA|PE|PH|PL|PO|PR|RG|RH|RM|SA|SE|SG|SK|SL|SM|SN|SO|"
    "SP|SR|SS|ST|SW|SY|S|TA|TD|TF|TN|TQ|TR|TS|TW|UB|WA|WC|WD|WF|WN|WR|WS|WV|W|YO|ZE"
)
_UK = rf"\b(?=[A-Z]{{1,2}}\d)(?:{_AREA})\d[A-Z\d]?\s?\d(?!GB|TB)[ABD-HJLNP-UW-Z]{{2}}\b"
_POSTCODE = re.compile(_UK, re.IGNORECASE)
_US = re.compile(rf"\b{_CAP}(?: {_CAP}){{0,2}},? [A-Z]{{2}} \d{{5}}(?:-\d{{4}})?\b")
_TOWN = rf"(?:\s*,?\s*(?:{_UK}|(?:[A-Z]{{1,2}}-)?\d{{2}}-?\d{{2,3}}\s+{_CAP}(?:[ \-]{_CAP})?))?"
_STREET_WORD = (
    "Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Close|Court|Ct|Crescent|Place|Pl|Square|Sq|"
    "Terrace|Way|Gardens|Grove|Boulevard|Blvd|Hill|Mews|Parade|Row|Walk|Park|Green|Parkway|Highway"
)
_NOT_A_STREET = (
    r"(?!(?:the|on|to|in|of|at|my|our|your|a|an|days?|weeks?|hours?|months?|minutes?|years?|times|"
    r"people|engineers?|calls?|and|or|down|from|for|that|visits?|mins|miles?|working|gb|mb)\b)"
)
# Behind Am, Im, Zum: a time, or what customers of any company write of, not a street.
_NO_PLACE = (
    r"(?!(?:Januar|Jänner|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember|"
    r"Jahre?|Monat|Quartal|Frühjahr|Frühling|Sommer|Herbst|Winter|Montag|Dienstag|Mittwoch|Donnerstag|"
    r"Freitag|Samstag|Sonntag|Tag|Woche|Nacht|Stunde|Minute|Zeitraum|Vergleich|(?:Durchs|S)chnitt|Mittel|"
    r"App|Chat|Shop|Store|Online-?[Ss]hop|Filiale|Laden|Geschäft|Schalter|Kasse|Hotline|Telefon|Support|"
    r"Service|Kunden(?:service|center|konto|dienst|portal)|Call-?[Cc]enter|Warteschleife|Leitung|Team|"
    r"Internet|Netz|WLAN|Router|Modem|Gerät|Handy|Computer|Fernseher|Update|Version|Software|Menü|"
    r"(?:Web)?[Ss]eite|Website|Homepage|Portal|Konto|Vertrag|Tarif|Paket|Preis|Rechnung|Angebot|Abo|"
    r"Bestellung|Lieferung|Sendung|Ticket|Fall|E-?[Mm]ail|Mail|SMS|Umfrage|Frage|Punkt|Schritt|Teil|"
    r"Abschnitt|Absatz|Kapitel|Position|Zimmer|Raum|Gate|Terminal|Gleis|Halle|Reihe)\b)"
)
# Behind "via": how long ago or how often, not a house.
_NO_HOUSE = (
    r"(?!\s?(?:times?|seconds?|min|minutes?|mins|hours?|days?|weeks?|months?|years?|Minuten|Stunden|"
    r"Tagen?|Wochen?|Monaten?|Jahren?|[Mm]al|Euro|euro|volte|minuti|ore|giorni|settimane|mesi|anni)\b)"
)
_COUNTED = (  # behind a number: it counts something, and is no house's
    r"(?:Sekunden|Min|Minuten|Stunden|Tagen?|Wochen|Monaten?|Jahren?|Uhr|[Mm]al|Euro|Prozent|[MG]bit|[MG]B)\b"
)
_STREETS = (
    re.compile(
        rf"(?<![\w£$€.])(?:(?i:flat|apt\.?|apartment|unit|suite)\s?\w{{1,4}},?\s)?{_NO},?\s"
        rf"(?:{_CAP}\s){{1,3}}(?:{_STREET_WORD})\b\.?(?:,?\s(?:apt|flat|unit|suite)\.?\s?\w{{1,4}})?"
        rf"(?:,\s?{_CAP}(?:\s{_CAP})?){{0,2}}(?:,?\s*{_UK}|,?\s[A-Z]{{2}}\s\d{{5}})?"
    ),
    re.compile(
        rf"(?<![\w£$€.]){_NO},?\s(?:{_NOT_A_STREET}[a-z'’]+\s){{1,2}}"
        rf"(?:street|road|avenue|lane|crescent|terrace)\b(?:,?\s*{_UK})?",
        re.IGNORECASE,
    ),
    re.compile(r"\bP\.?\s?O\.?\s?Box\s?\d+\b|\bPostfach\s?\d[\d ]*\d\b", re.IGNORECASE),
    re.compile(
        r"\b(?:[^\W\d_][\w\-]*(?:straße|strasse|str\.|gasse|allee|platz|damm|ufer|chaussee|steig)"
        rf"|(?:{_CAP}\s)?{_CAP}(?:weg|ring|\s(?:Straße|Strasse|Str\.|Weg|Platz|Allee|Gasse|Ring))"
        rf"|(?:Am|An der|Auf der|Im|In der|Zum|Zur)\s{_NO_PLACE}{_CAP})"
        rf"\s\d{{1,4}}(?:\s?[a-f])?\b(?![.,]?\d|\s?(?:{_COUNTED}|%)){_TOWN}"
    ),
    re.compile(
        r"\b\d{1,4}\s?(?:bis|ter)?,?\s(?:rue|avenue|av\.|boulevard|bd\.?|place|chemin|allée|"
        rf"impasse|quai|cours|route)\s(?:de la |de l['’]|du |des |de |d['’])?{_CAP}"
        rf"(?:[ \-](?:de |du |la )?{_CAP}){{0,3}}{_TOWN}",
    ),
    re.compile(
        r"\b(?:[Cc]alle|[Cc]/|[Aa]venida|[Aa]vda\.?|[Pp]laza|[Pp]aseo|[Cc]arrera|[Vv]ia|[Vv]iale|"
        r"[Pp]iazza|[Cc]orso|[Rr]ua|[Tt]ravessa|[Pp]raça)\s?"
        r"(?:de la |de los |del |de |da |do |dei )?"
        rf"{_CAP}(?:\s(?:de |la |y )?{_CAP}){{0,3}},?\s(?:n[.ºo°]*\s?)?\d{{1,4}}\b{_NO_HOUSE}"
        rf"{_TOWN}"
    ),
    re.compile(
        rf"\b(?:{_CAP}\s)?[{_UP}][\w\-]*(?:straat|laan|plein|gracht|kade|dijk)\s\d{{1,4}}(?:\s?[a-z])?\b"
        rf"(?:,?\s\d{{4}}\s?[A-Z]{{2}}(?:\s{_CAP})?)?"
    ),
    re.compile(
        r"\b(?:ul\.|ulic[ay]|ulicy|al\.|alej[ai]|os\.|osiedl[eu]|pl\.)\s?"
        rf"{_CAP}(?:\s{_CAP}){{0,2}}\s\d{{1,4}}[a-zA-Z]?(?:\s?[/m.]+\s?\d{{1,4}})?{_TOWN}"
    ),
    re.compile(r"〒\s?\d{3}[\-‐－]?\d{4}\s*[^\s、。,]*"),
    re.compile(
        r"(?:東京都|北海道|大阪府|京都府|[一-龯]{2,3}県)[一-龯ぁ-んァ-ヶ]+[市区町村郡][^\s、。,にでへのをは]*"
        r"(?:\d[\d\-－丁目番地号]*)"
    ),
    re.compile(r"شارع\s+\S+(?:\s+(?!رقم)\S+)?\s+(?:رقم\s+)?\d+"),
)


def find_places(text: str) -> Iterator[Span]:
    """The e-mail and postal addresses of a text as (start, end, kind); spans may overlap."""
    if _MAY_BE_EMAIL.search(text):
        for pattern in _EMAIL:
            for match in pattern.finditer(text):
                yield match.start(), match.end(), "email"
    if _DIGIT.search(text):
        for pattern in (_POSTCODE, _US, *_STREETS):
            for match in pattern.finditer(text):
                yield match.start(), match.end(), "address"
