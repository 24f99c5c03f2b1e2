"""People's names in a text.

Three ways: the names of customers the company knows, a cue ("my name is", "Dear", "spoke to",
"Herr"), and first names that are no ordinary word, each with the surname behind it. What none of
the three sees stays in: a surname alone, a rare first name without a cue, a nickname.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from wellheard.comments.given_names import AMBIGUOUS, GIVEN

Span = tuple[int, int, str]

_WORD = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*")
_POSSESSIVE = re.compile(r"['’]s$")
_AFTER_SURNAME = re.compile(r"\s*(?:[.,;:!?)]|$)|\s+(?:WAS|IS|HAS|HAD|DID|AND|FROM|WHO|NEVER)\b")
_GAP = re.compile(r"[ \u00a0]{1,2}|\.\s?")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words that are written with a capital and stand where a name could.
_ORDINARY = _words(
    """
    a all an and any anyone as at but by can customer customers dear do everyone everybody for
    from good great hello help hi how however i if in is it its just madam many me mr mrs ms my no
    not now of ok on one or our please sales service services sir so sorry support team thank
    thanks that the there they this to very was we what when where why with yes you your yours
    staff agent manager monday tuesday wednesday thursday friday saturday sunday january february
    march april may june july august september october november december english german french
    spanish polish god internet online email wifi broadband app again after also always been being
    because both before best bye cheers regards sincerely kind kindly faithfully never still then
    someone somebody nobody guys folks ladies gentlemen chat web phone tv sim happy unhappy
    satisfied very extremely really pleased disappointed annoyed honestly today tomorrow yesterday
    morning afternoon evening amazing awful company department office shop store technical tech
    billing finance und der die das ich sie wir ihr ihre ihren ihnen team damen herren kunde
    kunden kundin alle zusammen guten tag morgen abend danke vielen mit für von nicht sehr geehrte
    liebe lieber service kundenservice support montag dienstag mittwoch donnerstag freitag samstag
    sonntag le la les l un une et vous nous merci monsieur madame messieurs mesdames client
    clients équipe service bonjour cher chère tout tous lundi mardi mercredi jeudi vendredi samedi
    dimanche el los las y usted ustedes gracias señor señora señores cliente clientes equipo
    servicio hola buenos buenas días tardes todo todos lunes martes miércoles jueves viernes
    sábado domingo il lo gli e grazie signore signora cliente servizio buongiorno tutti ciao i w z
    na nie dziękuję państwo pan pani klient obsługa zespół dzień dobry wszystko de het een en dank
    klant team goed dag o os as um uma obrigado obrigada equipa serviço olá
    """
)
# What follows "my name is" where it is no name.
_AFTER_NAME = _words(
    """
    on wrong spelt spelled missing incorrect still misspelled misspelt showing listed printed
    falsch nicht auf incorrect mal sur está en mal sbagliato źle verkeerd errado different blank
    mentioned
    """
)
_TITLE = (
    r"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Sir|Lady|Herrn?|Frau|Monsieur|Madame|Mme|Mlle|Señora?|Srta?|Sra|"
    r"Doña|Don|Signora?|Sig|Dott|Pani?|Panem|Panią|Meneer|Mevrouw|Dhr|Mevr|Mw|Senhora?|"
    r"pan(?:em|a|u)?|pani(?:ą)?|señora?|madame|monsieur|senhora?|signora?|mr|mrs)\b\.?\s(?:Dr\.?\s)?"
)
_NAMED = (  # what follows is a name, however it is written
    r"\b(?:my (?:full )?name(?:'s|’s| is)|my (?:husband|wife|mother|father|son|daughter|partner|"
    r"mum|mom|dad|sister|brother)(?:'s|’s)? name is|(?:his|her|their) name (?:is|was)|"
    r"mein name ist|ich hei(?:ß|ss)e|je m['’]appelle|mon nom est|me llamo|mi nombre es|"
    r"mi chiamo|il mio nome è|nazywam się|mam na imię|mijn naam is|ik heet|"
    r"(?:o )?meu nome é|me chamo|chamo-me|name\s?:|nom\s?:|nombre\s?:|imię i nazwisko\s?:)\s*"
)
_MET = (  # what follows is a name when it begins with a capital
    r"(?i:\b(?:dear|hi|hello|hey|hallo|liebe[rs]?|sehr geehrter?|bonjour|salut|chère?|hola|"
    r"estimad[oa]|querid[oa]|ciao|gentile|cześć|drogi|droga|beste|geachte|olá|caro|cara|prezad[oa]|moin|servus|"
    r"sp(?:oke|eak|eaking|oken) (?:to|with)|talk(?:ed|ing)? (?:to|with)|dealt with|"
    r"chatted (?:to|with)|"
    r"thanks to|thank you|many thanks|thanks|well done|shout ?out to|kudos to|served by|helped by|"
    r"(?:agent|advis[eo]r|engineer|technician|colleague|operator|representative|rep|assistant|manager|"
    r"supervisor|installer|lady|gentleman|guy|man|woman|person|chap|husband|wife|son|daughter|mother|"
    r"father|brother|sister|friend|neighbour|neighbor)"
    r"(?: (?:was|is))?(?:,| called| named)?|called|named|ask(?:ed)? for|attn:?|"
    r"signed,?|regards,?|sincerely,?|cheers,?|best wishes,?|yours,?|faithfully,?|"
    r"(?:techniker|mitarbeiter|kollege|berater|monteur)(?:in)?|namens|mfg|grüße,?|gruß,?|"
    r"technicien(?:ne)?|conseill(?:er|ère)|collègue|cordialement,?|"
    r"técnic[oa]|agente|asesora?|saludos,?|atentamente,?|"
    r"tecnico|operatore|operatrice|saluti,?|technik|konsultant(?:ka|em|ką)?|pozdrawiam,?|"
    r"monteur|medewerker|groet(?:en)?,?|técnico|atendente|cumprimentos,?)[\s,:]+)"
)
_SELF = r"\b(?i:i am|i'm|i’m|this is|it is|ich bin|hier ist|je suis|soy|sono|jestem|ik ben|sou)\s+"
_MINE = re.compile(_NAMED, re.IGNORECASE)
_TITLED, _CUED, _CALLED = re.compile(_TITLE), re.compile(_MET), re.compile(_SELF)
_EAST_ASIAN = (
    re.compile(
        r"(?<![一-龯])(?!お|皆|客|神|業者|店員|係|奥|娘|息子|父|母)([一-龯々]{1,4})(?=さん|様(?!子)|氏)"
    ),
    re.compile(r"([ァ-ヶー]{2,8}(?:・[ァ-ヶー]{2,8})?)(?=さん|様(?!子)|氏)"),
    re.compile(r"([一-龯々]{2,6}|[ァ-ヶー]{2,8})(?=と申します|といいます)"),
)
_ARABIC = re.compile(
    r"(?:اسمي|أنا اسمي|السيدة?|الأستاذة?|المهندسة?|الموظفة?)\s+"
    r"([\u0621-\u064a]{2,}(?:\s[\u0621-\u064a]{3,})?)"
)
_ARABIC_ORDINARY = _words("كان كانت لم هو هي في على الذي التي قال جاء وصل غير")


@dataclass(frozen=True)
class KnownNames:
    """The names of all customers: `full` holds each as lower-case words, by its first word."""

    full: Mapping[str, Sequence[tuple[str, ...]]] = field(default_factory=dict)

    @classmethod
    def of(cls, names: Iterable[str]) -> KnownNames:
        """From full names as they are written; a name of one word alone is no full name."""
        found: dict[str, set[tuple[str, ...]]] = {}
        for name in names:
            words = tuple(word.casefold() for word in _WORD.findall(name))
            if 2 <= len(words) <= 5:
                for order in (words, (words[-1], *words[:-1])):
                    found.setdefault(order[0], set()).add(order)
        return cls({first: sorted(all_) for first, all_ in sorted(found.items())})


def find_names(text: str, own: Sequence[str], known: KnownNames) -> Iterator[Span]:
    """The names in a text as (start, end, kind); spans may overlap.

    `own` are the names of the customer who wrote: each word of them counts, alone as well, a word
    that is also an ordinary one only where it has a capital.
    """
    words = [(m.start(), m.end(), m.group()) for m in _WORD.finditer(text)]
    yield from _known(words, own, known)
    yield from _given(text, words)
    starts = {start: place for place, (start, _, _) in enumerate(words)}
    for pattern, any_case, least in (
        (_MINE, True, 1), (_TITLED, False, 1), (_CUED, False, 1), (_CALLED, False, 2),
    ):  # fmt: skip
        for match in pattern.finditer(text):
            place = starts.get(match.end())
            if place is not None:
                end = _name_end(text, words, place, any_case=any_case, least=least)
                if end:
                    yield words[place][0], end, "name"
    for pattern in _EAST_ASIAN:
        for match in pattern.finditer(text):
            yield match.start(1), match.end(1), "name"
    for match in _ARABIC.finditer(text):
        if match.group(1).split()[0] not in _ARABIC_ORDINARY:
            yield match.start(1), match.end(1), "name"


def _known(
    words: Sequence[tuple[int, int, str]], own: Sequence[str], known: KnownNames
) -> Iterator[Span]:
    mine = {word.casefold() for name in own for word in _WORD.findall(name) if len(word) > 1}
    folded = [_POSSESSIVE.sub("", word).casefold() for _, _, word in words]
    for place, (start, end, word) in enumerate(words):
        if folded[place] in mine and (
            word[0].isupper() or not (folded[place] in AMBIGUOUS or folded[place] in _ORDINARY)
        ):
            yield start, end, "name"
        for name in known.full.get(folded[place], ()):
            if tuple(folded[place : place + len(name)]) == name:
                yield start, words[place + len(name) - 1][1], "name"


def _given(text: str, words: Sequence[tuple[int, int, str]]) -> Iterator[Span]:
    for place, (start, end, word) in enumerate(words):
        first = _POSSESSIVE.sub("", word).casefold().split("-")[0]
        if not word[0].isupper():
            continue
        if first in GIVEN and first not in AMBIGUOUS:
            yield start, _name_end(text, words, place) or end, "name"
        elif first in AMBIGUOUS and (both := _name_end(text, words, place, least=2)):
            yield start, both, "name"


def _name_end(
    text: str,
    words: Sequence[tuple[int, int, str]],
    place: int,
    *,
    any_case: bool = False,
    least: int = 1,
) -> int | None:
    """Where a name of `least` to 3 words that begins at this word ends; None where none begins.

    In a text all in capitals a capital says nothing: there the second word is taken only where a
    surname would be, at the end of what is said or before a verb. It may cost an ordinary word.
    """
    shouted = text.isupper()
    end, length = None, 0
    for start, stop, word in words[place : place + 3]:
        if length and not _GAP.fullmatch(text[end:start]):
            break
        if length and text[end:start].startswith(".") and length > 1:
            break
        plain = _POSSESSIVE.sub("", word).casefold()
        is_first = length == 0
        if plain in _ORDINARY or not (word[0].isupper() or (any_case and length < 2)):
            break
        if shouted and not is_first and not any_case:
            if length == 1 and _AFTER_SURNAME.match(text, stop):
                end, length = stop, 2
            break
        if is_first and any_case and not word[0].isupper() and plain in _AFTER_NAME:
            break
        end, length = stop, length + 1
        if plain != word.casefold():  # a possessive ends it
            break
    return end if length >= least else None
