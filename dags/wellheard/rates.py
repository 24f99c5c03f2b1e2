"""Response rates (AAPOR Standard Definitions, 2023) and the value of a customer over time."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Outcomes:
    """Invitations by outcome, as counts.

    `eligible_share` is AAPOR's e: the estimated share of the unknown ones that are eligible.
    """

    interviews: int
    partials: int
    refusals: int
    no_contacts: int
    others: int
    unknowns: int
    eligible_share: float = 1.0


def response_rates(o: Outcomes) -> dict[str, float]:
    """RR1..RR6, COOP1, CON1 and REF1 as fractions.

    Raises ValueError where there is no invitation that could have been answered.
    """
    answered = o.interviews + o.partials
    reached = answered + o.refusals + o.others
    known = reached + o.no_contacts
    if known == 0:
        raise ValueError("no invitation with a known outcome: there is no rate to give")
    everyone = known + o.unknowns
    eligible = known + o.eligible_share * o.unknowns
    return {
        "RR1": o.interviews / everyone,
        "RR2": answered / everyone,
        "RR3": o.interviews / eligible,
        "RR4": answered / eligible,
        "RR5": o.interviews / known,
        "RR6": answered / known,
        "COOP1": o.interviews / reached if reached else 0.0,
        "CON1": reached / everyone,
        "REF1": o.refusals / everyone,
    }


def lifetime_value(margin: float, retention: float, discount: float) -> float:
    """Value of a customer kept for ever at a constant rate: `margin * r / (1 + d - r)`.

    `margin` per period; retention and discount as fractions of one period. Raises ValueError where
    the sum has no end (`r >= 1 + d`) or retention is not a share.
    """
    if not 0 <= retention <= 1 or retention >= 1 + discount:
        raise ValueError(f"retention {retention} with discount {discount} has no finite value")
    return margin * retention / (1 + discount - retention)
