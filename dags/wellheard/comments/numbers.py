"""Personal numbers in a text: cards, phones, accounts; and the numbers that are none of these.

Dates, times, amounts, quantities, versions and network addresses are masked first, so that what is
left of long runs of digits belongs to somebody. A card needs 13 to 19 digits and Luhn's check sum
(ISO/IEC 7812-1); a mistyped one is redacted all the same, as an account number. Phone shapes follow
ITU-T E.123 and the national ways of writing of the countries named beside the patterns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

Span = tuple[int, int, str]

_EDGE = r"(?<![A-Za-zÀ-ž\d_])"
_DATE = re.compile(
    r"(?<![\d/.\-])(?:"
    r"(?:19|20)\d\d[-/.](?:0?[1-9]|1[0-2])[-/.](?:0?[1-9]|[12]\d|3[01])"
    r"|(?:0?[1-9]|[12]\d|3[01])[-/.](?:0?[1-9]|[12]\d|3[01])[-/.](?:(?:19|20)\d\d|\d\d)"
    r"|(?:19|20)\d\d年\d{1,2}月(?:\d{1,2}日)?"
    r")(?:[T ]\d{1,2}:\d\d(?::\d\d)?)?(?![/\-]?\d|[.]\d)"
)
_YMD = re.compile(r"(?<!\d)(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?!\d)")
_TIME = re.compile(r"(?<![\d:])\d{1,2}:\d\d(?::\d\d)?(?![\d:])")
_YEARS = re.compile(r"(?<!\d)(?:19|20)\d\d\s?[-/–]\s?(?:19|20)\d\d(?!\d)")
_MONEY = re.compile(
    r"(?:[£$€¥₹]|\b(?:eur|usd|gbp|chf|pln|zł|rs)\b)\s?"
    r"\d{1,3}(?:[ .,'’]\d{3})+(?:[.,]\d{1,2})?(?!\d)"
    r"|(?:[£$€¥₹]|\b(?:eur|usd|gbp|chf|pln|zł|rs)\b)\s?\d+(?:[.,]\d+)?",
    re.IGNORECASE,
)
_COUNTED = (
    "€|£|\\$|¥|円|%|٪|‰|°|zł|zl|kr|eur|euros?|usd|gbp|chf|pln|pounds?|dollars?|pence|quid|francs?|"
    "percent|per cent|prozent|pour cent|por ciento|procent|mbps|mbit|gbps|kbps|mb|gb|tb|kb|km|kwh|"
    "kbit|gbit|ms|hz|mhz|ghz|dpi|px|steps?|hours?|hrs?|minutes?|mins?|seconds?|secs?|days?|weeks?|"
    "months?|years?|stunden?|minuten?|tagen?|wochen?|monaten?|jahren?|heures?|jours?|semaines?|"
    "mois|ans|années|horas?|minutos?|días?|dias?|semanas?|meses|años?|anos|godzin|dni|tygodni|"
    "customers?|users?|people|calls?|times|orders?|points?|lines?|kunden|anrufe|clients|clientes|"
    "klientów|units?|stück|miles?|metres?|meters?|likes?|views?|steps|時間|分|秒|日|回|人"
)
_AMOUNT = re.compile(
    r"(?<![\d+])(?<!\d[ .\-])(?:\d{1,3}(?:[ .,'’]\d{3})+|\d+)(?:[.,]\d+)?\s?-?"
    rf"(?:{_COUNTED})(?![\w@])",
    re.IGNORECASE,
)
_VERSION = re.compile(
    r"\b(?:version|ver\.?|v\.?|build|firmware|release|ios|android|windows|chrome|firefox|safari|"
    r"macos|update|model|modell|wersja|versión|versione|wersji)\s?:?\s?\d+(?:[.\-_]\d+)*(?!\d)",
    re.IGNORECASE,
)
_DOTTED = re.compile(r"(?<![\d.])\d{1,5}(?:\.\d{1,5}){2,4}(?![\d.]*\d)")
_SCORE = re.compile(r"(?<![\d/])\d{1,2}\s?/\s?(?:5|10|100)(?![\d/])")
_SECTION = re.compile(r"§+\s?\d+(?:[.,]\d+)*|#\d{1,5}\b")
_DECIMAL = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\d,])")
_HARMLESS = (
    _DATE, _YMD, _YEARS, _TIME, _MONEY, _VERSION, _AMOUNT, _SCORE, _SECTION, _DECIMAL,
)  # fmt: skip

_DIGIT = re.compile(r"\d")
_RUN = re.compile(r"(?<![A-Za-zÀ-ž\d_])(?:\+|\(\+?)?\d(?:[ \u00a0\u202f().\-/–‑]{0,3}\d)+")
# A stroke, a dash between spaces or a trunk 0 begins the next number of a run.
_NEXT = re.compile(r"\s?[/–]\s?|\s-\s|\s(?=\(?0\d\d)")
_SHORTEST_BESIDE = 9  # digits on either side of it
_MOST_BESIDE = 60  # in all: beyond, it is a table
# Signs that no list of amounts has between groups of four.
_CARD = re.compile(r"(?<!\w)(\d{4})([,_;:|])\d{4}(?:\2\d{4}){2}(?![\w,])")
_EXTENSION = re.compile(r"\s?(?:ext\.?|x|extension|durchwahl|poste)\s?\d{1,5}\b", re.IGNORECASE)
_PHONE_CUE = re.compile(
    r"(?:\b(?:phone|tel|telephone|call(?:ed|ing)?(?: me| us)?(?: back)?|mobile|cell|number|"
    r"whats ?app|ring|text|sms|fax|contact|reach|landline|"
    r"handy|telefon|mobil|rufen?|anrufen|rückruf|nummer|festnetz|"
    r"téléphone|portable|fixe|numéro|appelez|rappel\w*|joindre|"
    r"teléfono|móvil|llam\w+|numero|número|cellulare|chiam\w+|telefono|"
    r"numer\w*|komórk\w+|zadzwo\w+|dzwoni\w+|telefoon\w*|mobiel|bel|bellen|telefone|celular|"
    r"telemóvel|ligue\w*)\b|電話|番号|هاتف|رقم|اتصل|جوال)[^\d\n]{0,28}$",
    re.IGNORECASE,
)
# Groups of digits as they are written without a trunk 0 or a country code.
_PHONE_SHAPES = {
    (3, 3, 4), (3, 3, 3), (2, 3, 2, 2), (3, 2, 2, 2), (4, 3, 3), (3, 4, 4), (2, 4, 4), (5, 5),
    (5, 6), (4, 6), (3, 7), (1, 3, 3, 4), (4, 4, 2), (2, 2, 2, 2, 2), (3, 6), (4, 5),
}  # fmt: skip
_LONG = 8  # digits in a row that are no date, amount or version: somebody's number

_IBAN = re.compile(
    _EDGE + r"[A-Z]{2}\s?\d{2}(?:[ \-]?[A-Z0-9]{4}){2,7}(?:[ \-]?[A-Z0-9]{1,3})?(?!\w)",
    re.IGNORECASE,
)
_ACCOUNT_WORD = (
    r"account|acct|a/c|customer|client|contract|policy|member(?:ship)?|subscriber|"
    r"iban|sort ?code|routing|card|reference|ref|order|ticket|case|passport|licen[cs]e|ssn|"
    r"social security|national insurance|ni|nhs|tax|imei|sim|serial|meter|"
    r"konto|kunden?|vertrags?|rechnungs?|ausweis|steuer|"
    r"compte|contrat|abonn[ée]|dossier|commande|"
    r"cuenta|cliente|contrato|pedido|dni|nif|nie|"
    r"conto|contratto|ordine|codice|"
    r"konta|klienta|umowy|zamówienia|pesel|"
    r"rekening|klant|bestel|conta|pin|puk"
)
_ACCOUNT = re.compile(
    rf"\b(?:{_ACCOUNT_WORD})[\s\-]?(?:number|no\.?|nr\.?|num\.?|#|id|code|nummer|numéro|numero|"
    r"número|numer|n[°º]\.?|id-nummer)?\s?(?:is|was|:|=|ist|lautet|est|es|è|to|#|-|[,(])?\s?"
    r"(?P<number>#?(?=[A-Z\-]*\d)[A-Z]{0,4}[-/]?\d(?:[\d \-/]*\d)?[A-Z]{0,2})(?![\w%£€$])",
    re.IGNORECASE,
)
_CJK_ACCOUNT = re.compile(
    r"(?:口座|会員|お客様|契約|顧客|حساب|العميل|الحساب)[^\d\n]{0,8}(?P<number>\d[\d\-]{4,}\d)"
)
_SSN = re.compile(r"(?<![\d\-])\d{3}-\d{2}-\d{4}(?![\d\-])")
_NINO = re.compile(r"\b[A-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b", re.IGNORECASE)
_MIXED_ID = re.compile(r"(?<![\w-])(?=[A-Z0-9-]*\d{6})[A-Z]{1,4}-?\d{6,}(?![\w])")


def luhn(digits: str) -> bool:
    """Whether the check digit of a card number is right (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def find_numbers(text: str) -> Iterator[Span]:
    """The card, phone and account numbers of a text as (start, end, kind); spans may overlap."""
    if not _DIGIT.search(text):
        return
    for match in _IBAN.finditer(text):
        if sum(map(str.isdigit, match.group())) >= 10:
            yield match.start(), match.end(), "account"
    for pattern in (_SSN, _NINO, _MIXED_ID):
        for match in pattern.finditer(text):
            yield match.start(), match.end(), "account"
    for match in _CARD.finditer(text):
        if luhn("".join(filter(str.isdigit, match.group()))):
            yield match.start(), match.end(), "card"
    masked = _masked(text)
    for match in _RUN.finditer(masked):
        yield from _judged(masked, match)
    for pattern in (_ACCOUNT, _CJK_ACCOUNT):
        for match in pattern.finditer(masked):
            number = match.group("number")
            if sum(map(str.isdigit, number)) >= 5:
                yield match.start("number"), match.end("number"), "account"


def _masked(text: str) -> str:
    """The text with harmless numbers blotted out; every other character keeps its place."""
    for pattern in _HARMLESS:
        text = pattern.sub(_blot, text)
    return _DOTTED.sub(_blot_dotted, text)


def _blot(match: re.Match[str]) -> str:
    # The sign may not be a word character: what stands beside it keeps its word boundary.
    return "¦" * len(match.group())


def _blot_dotted(match: re.Match[str]) -> str:
    """Versions and network addresses; a phone number in dots has groups of two or more."""
    parts = match.group().split(".")
    digits = "".join(parts)
    if len(digits) >= 13 and len(parts) >= 3 and len(parts[0]) == 4:  # a card in dots
        return match.group()
    if digits.startswith("0") and len(digits) >= 9:
        return match.group()
    if match.string[: match.start()].endswith("+") and len(digits) >= _LONG:  # a country code
        return match.group()
    is_phone = tuple(map(len, parts)) in {
        (3, 3, 4), (3, 3, 3), (2, 2, 2, 2, 2), (4, 3, 3), (1, 3, 3, 4),
    }  # fmt: skip
    return match.group() if is_phone else _blot(match)


def _judged(text: str, match: re.Match[str]) -> Iterator[Span]:
    start, end = match.span()
    run = match.group()
    if run.startswith("(") and ")" not in run:  # a bracket around it is no part of it
        start, run = start + 1, run[1:]
    digits = "".join(str(int(c)) for c in run if c.isdigit())
    if start and text[start - 1] in ".,":  # the tail of a decimal
        return
    if 13 <= len(digits) <= 19 and not run.startswith(("+", "00")):
        yield start, end, "card" if luhn(digits) else "account"
        return
    if _is_phone(text, start, run, digits):
        extension = _EXTENSION.match(text, end)
        yield start, extension.end() if extension else end, "phone"
        return
    for part in re.finditer(r"\d+", run):
        if len(part.group()) >= _LONG:
            yield start, end, "account"
            return
    cut = _cut(text, start, end) if len(digits) <= _MOST_BESIDE else None
    if cut:  # two numbers side by side make one run
        for a, b in ((start, cut.start()), (cut.end(), end)):
            if piece := _RUN.match(text, a, b):
                yield from _judged(text, piece)


def _cut(text: str, start: int, end: int) -> re.Match[str] | None:
    """The first place where another number begins, a whole one being before it and behind it."""
    for cut in _NEXT.finditer(text, start, end):
        sides = (text[start : cut.start()], text[cut.end() : end])
        if all(sum(map(str.isdigit, side)) >= _SHORTEST_BESIDE for side in sides):
            return cut
    return None


def _is_phone(text: str, start: int, run: str, digits: str) -> bool:
    n = len(digits)
    if run.lstrip("(").startswith("+"):
        return 8 <= n <= 15
    if digits.startswith("00"):
        return 10 <= n <= 17
    if digits.startswith("0") and 9 <= n <= 12:
        return True
    groups = tuple(len(part) for part in re.findall(r"\d+", run))
    if groups in _PHONE_SHAPES and 9 <= n <= 11 and run.count(" / ") < 2:  # or it is a list
        return True
    if len(groups) == 1 and 9 <= n <= 11:
        return True
    return 6 <= n <= 15 and max(groups) >= 3 and bool(_PHONE_CUE.search(text[:start]))
