"""From an archived edition to its recipients: ledger, message, transport; operators' notices."""

from wellheard.delivery.ledger import Approval, EditionKey, Entry, Ledger, open_ledger
from wellheard.delivery.notices import Notice, notify_operators
from wellheard.delivery.sending import Delivery, approve, deliver, require_complete

__all__ = [
    "Approval",
    "Delivery",
    "EditionKey",
    "Entry",
    "Ledger",
    "Notice",
    "approve",
    "deliver",
    "notify_operators",
    "open_ledger",
    "require_complete",
]
