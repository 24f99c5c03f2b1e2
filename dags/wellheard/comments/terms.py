"""Words and word groups of a text, for finding what is new and what is typical."""

from __future__ import annotations

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_WORD = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*")
_PLACEHOLDER = re.compile(r"\[(?:name|email|phone|card|account|address)\]|https?://\S+|<[^>]*>")
_LONGEST = 3
# Words that carry no topic: a term neither begins nor ends with one.
_EMPTY = _words(
    """
    a about after again all also am an and any are as at back be because been before but by can
    can't could did didn't do does doesn't don't even ever every for from get got had has have
    haven't he her here him his how i i'm if in into is isn't it it's its i've just like made make
    many me more most much my never no nor not now of off on once one only or other our out over
    please really same she should since so some still such than thank thanks that the their them
    then there these they this those through to too under until up us very want was wasn't we were
    what when where which while who why will with without won't would yes yet you your yours two
    three four five der die das den dem des ein eine einen einem einer und oder aber ist sind war
    waren ich sie er es wir ihr ihre mein meine nicht kein keine zu zum zur von vom mit für auf an
    am im in bei aus nach seit wie was wenn dass als auch noch nur schon sehr so man sich mir mich
    uns hat habe haben wird le la les l un une des du de d et ou mais est sont était je j il elle
    on nous vous ils elles mon ma mes votre vos ne pas n plus que qui à au aux en dans pour par
    sur avec sans ce c cette ces se s très a été ai avez el la los las un una unos unas y o pero
    es son era yo él ella nosotros mi mis su sus no que de del al en por para con sin se me te le
    lo les muy más ya ha he han está il lo gli i e ed ma è sono era io mi si ci vi di del della
    dei da dal in nel con su per tra non che o os as um uma e mas é são eu ele ela de do da dos
    das em no na nos nas por para com sem não que se het een en maar is zijn was ik u hij zij we
    ze mijn uw niet geen te van voor met op aan in bij uit i a w z na do od dla po za o u że nie
    się jest są był była było to ten ta te mi mnie przez jak już في من على إلى عن مع هذا هذه التي
    الذي لا لم ما و أن إن كان
    """
)


def words(text: str) -> list[str]:
    """The words of a text in lower case; placeholders, links and tags are none."""
    plain = _PLACEHOLDER.sub(" . ", text).replace("’", "'").casefold()
    return _WORD.findall(plain)


def terms(text: str) -> frozenset[str]:
    """Each word group of up to three words that does not run over the end of a sentence."""
    found = set()
    plain = _PLACEHOLDER.sub(" . ", text).replace("’", "'").casefold()
    for clause in re.split(r"[.!?;:,\n\r…()\"„“”«»]+", plain):
        said = _WORD.findall(clause)
        for start, first in enumerate(said):
            if first in _EMPTY or len(first) < 2:
                continue
            for length in range(1, min(_LONGEST, len(said) - start) + 1):
                if said[start + length - 1] not in _EMPTY and len(said[start + length - 1]) > 1:
                    found.add(" ".join(said[start : start + length]))
    return frozenset(found)
