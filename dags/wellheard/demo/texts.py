"""What Larkfield's customers write. Made up; addresses and numbers are from the reserved ranges."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

FIRST_NAMES = (
    "Ada", "Amir", "Beatriz", "Callum", "Chidi", "Dana", "Elif", "Emeka", "Farah", "Gareth",
    "Hana", "Ines", "Jonas", "Keiko", "Leila", "Magda", "Marek", "Nadia", "Oluwaseun", "Owen",
    "Pavel", "Priya", "Quentin", "Rosa", "Samir", "Sanna", "Tomasz", "Una", "Viktor", "Wanjiru",
    "Xiu", "Yasmin", "Yusuf", "Zofia", "Anouk", "Bram", "Ciara", "Dilan", "Esther", "Finlay",
    "Greta", "Hugo", "Ivana", "Jamila", "Kofi", "Lena", "Mateo", "Noor", "Orla", "Petra",
)  # fmt: skip
LAST_NAMES = (
    "Abara", "Ashdown", "Bellweather", "Birchall", "Castellane", "Cotterfield", "Dalgaard",
    "Drummore", "Eastlake", "Falkenrath", "Fenwicke", "Garrowby", "Hallorand", "Hartsmere",
    "Ingleton", "Jarrowdale", "Kestrelman", "Kowalczek", "Larchmont", "Lindqvister", "Marlowin",
    "Mbekana", "Nakamori", "Northgate", "Oakenshaw", "Okonjo-Reed", "Penhallow", "Quillfeather",
    "Ravensdale", "Rossetini", "Sandoval-Pike", "Silverwick", "Tanakado", "Thornebury",
    "Underhay", "Vasquelle", "Vogelmann", "Wetherstone", "Winterbourne", "Yarrowden",
)  # fmt: skip

# (what went well, what did not) by journey stage; "" is the relationship survey
_PRAISE = {
    "": (
        "the network simply works where I live", "five years and hardly a complaint",
        "support called me back when they said they would", "fair prices, no tricks",
        "the app shows exactly what I use", "they fixed my router the same day",
        "my whole family has moved to you", "someone finally took care of my case to the end",
    ),
    "discover": (
        "found the right plan with one search", "the coverage map answered my question",
        "clear pages, no small print to hunt for", "the shop told me honestly what I need",
        "the site loads fast on my old phone", "your guide to fibre was helpful",
    ),
    "compare": (
        "the comparison table is easy to read", "I could filter by speed and price",
        "the adviser did not push the big plan", "prices are shown with everything included",
        "two plans next to each other, that is all I wanted", "good to see the contract length",
    ),
    "buy": (
        "checkout took two minutes", "paid by phone without typing a card number",
        "the store had the handset ready", "I could keep my number, one tick",
        "the order summary was clear", "delivery slot of one hour, and kept",
    ),
    "onboard": (
        "the activation link worked at once", "the engineer arrived on time and was kind",
        "my number moved overnight", "the set-up steps in the app are well made",
        "the router came ready to plug in", "a welcome call that was actually useful",
    ),
    "use": (
        "stable connection all month", "the app home shows my data at a glance",
        "I was told about the outage before I noticed it", "roaming worked in three countries",
        "speed is what was promised", "changing the plan in the app is easy",
    ),
    "get_help": (
        "one person took care of it from start to end", "the chat solved it in five minutes",
        "the agent knew my case already", "the call back came on time",
        "clear steps and a link to follow", "friendly and quick",
    ),
    "pay": (
        "the bill is finally on one page", "direct debit without surprises",
        "paying by card took a minute", "I can see every call that was charged",
        "a reminder before the due date, thank you", "the refund was there in two days",
    ),
    "renew": (
        "a better price without asking", "the offer fitted what I really use",
        "renewed in the app in a minute", "no pressure to take a new handset",
        "loyal customers get the new price too", "clear what changes and what does not",
    ),
}  # fmt: skip
_BLAME = {
    "": (
        "every call ends with another department", "prices go up for loyal customers",
        "I had to explain my problem four times", "the network drops in the evening",
        "nobody owns a problem at your company", "the app logs me out every day",
        "promised a call back, none came", "new customers get better offers than I do",
    ),
    "discover": (
        "search shows plans you no longer sell", "could not find the price of the SIM alone",
        "the coverage map was wrong for my street", "too many pop-ups",
        "the shop was closed at noon", "three pages until I saw a price",
    ),
    "compare": (
        "the plan names confuse me", "I need a spreadsheet to see which is cheaper",
        "the phone line told me another price than the site", "hidden fee in the footnote",
        "the table cannot be read on a phone", "no way to compare with my present plan",
    ),
    "buy": (
        "the payment page timed out twice", "waited forty minutes in the store",
        "the discount vanished at the last step", "had to call to finish an online order",
        "asked for my address three times", "the handset was out of stock after I paid",
    ),
    "onboard": (
        "the activation e-mail came two days late", "the activation link had expired",
        "the engineer did not come and nobody called", "two weeks without a line",
        "my number was not ported for five days", "the instructions are for another router",
    ),
    "use": (
        "the app does not open since the update", "no signal for a whole day",
        "the outage notice came after the outage", "the app shows last month's data",
        "evenings are slow", "logged out every morning",
    ),
    "get_help": (
        "three agents, three different answers", "fifty minutes in the queue, then cut off",
        "the bot does not let me reach a person", "my case was closed without an answer",
        "transferred four times", "I had to tell the whole story again",
    ),
    "pay": (
        "nobody can explain this invoice", "the invoice lists forty lines without names",
        "charged twice and still waiting", "the invoice total does not match the contract",
        "cost centres are missing on the invoice", "the PDF of the bill cannot be searched",
    ),
    "renew": (
        "the offer was higher than for new customers", "called five times about the renewal",
        "the new contract had a longer term than agreed", "the offer ended before the mail came",
        "forty minutes on the phone to keep my price", "no offer for my present plan",
    ),
}  # fmt: skip
_OPENINGS = ("", "", "Honestly, ", "In short: ", "For me, ", "As a long-time customer: ")
_PRAISE_ENDINGS = (
    ".", ".", "!", ". Thank you.", ". Keep it up!", " 👍", ". Would do it again.", " 😊"
)  # fmt: skip
_BLAME_ENDINGS = (
    ".", ".", "!", ". Please fix this.", ". Disappointing.", " 😡", ". I expected better.",
    "... what a shame",
)  # fmt: skip
_BUTS = (", but ", "; on the other hand ", ". Still, ")

_OTHER_LANGUAGES = {  # praise, blame
    "de": (
        ("Alles bestens, schnell und freundlich.", "Der Techniker war pünktlich und sehr nett.",
         "Endlich eine Rechnung, die man versteht."),
        ("Seit Wochen warte ich auf eine Rückmeldung.", "Drei Anrufe, drei Antworten.",
         "Die Übergabe zwischen den Abteilungen klappt überhaupt nicht."),
    ),
    "fr": (
        ("Très bon service, réponse rapide.", "L’application est claire et agréable.",
         "Mon numéro a été transféré en une nuit, bravo."),
        ("J’ai dû répéter mon problème à chaque appel.", "La facture est incompréhensible…",
         "Le lien d’activation avait déjà expiré."),
    ),
    "es": (
        ("Todo perfecto, muy amables.", "¡Por fin alguien que resuelve el problema!",
         "La aplicación funciona de maravilla."),
        ("Cincuenta minutos de espera y se cortó la llamada.", "La factura no coincide.",
         "¿Por qué pagan menos los clientes nuevos?"),
    ),
    "pl": (
        ("Szybko, sprawnie i uprzejmie.", "Świetna obsługa, dziękuję!",
         "Wszystko działa tak, jak obiecano."),
        ("Nikt nie oddzwonił, mimo obietnicy.", "Aplikacja ciągle się zawiesza.",
         "Trzy razy tłumaczyłem ten sam problem."),
    ),
    "ar": (
        ("خدمة ممتازة وسريعة، شكراً لكم.", "حُلّت مشكلتي في دقائق.", "التطبيق سهل الاستعمال."),
        ("انتظرت طويلاً ولم يتصل بي أحد.", "الفاتورة غير مفهومة.", "انقطع الاتصال عدة مرات."),
    ),
    "ja": (
        ("対応がとても早くて助かりました。", "アプリが使いやすいです。", "毎月安定しています。"),
        ("何度も同じ説明をさせられました。", "請求書の内容が分かりにくいです。",
         "アプリが使いにくくて、支払いもすぐ終わりません。"),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Special:
    """A comment every month has, for what it does to careless programs."""

    name: str
    form: str
    language: str
    text: str


SPECIALS = (
    Special("arabic", "LfRelation", "ar", "الدعم رائع لكن رقم الفاتورة INV-2041 غير صحيح (مرتين)."),
    Special("japanese", "LfUse", "ja", "昨夜から接続が不安定です。再起動しても直りませんでした。"),
    Special(
        "injection",
        "LfGetHelp",
        "en",
        "<script>alert('x')</script><img src=\"file:///etc/passwd\"> {{ 7*7 }} {% raw %} ${7*7} "
        '<a href="https://example.com/?q=1">link</a> \'; drop table feedback; -- & <b>bold</b>',
    ),
    Special("emoji", "LfBuy", "en", "Checkout was a breeze 🎉👩🏽‍💻🏳️‍🌈 — 10/10 ⭐️⭐️⭐️"),
    Special(
        "personal",
        "LfPay",
        "en",
        "Please call me on 07700 900123 or write to ada.penhallow@example.com, my card "
        "4111 1111 1111 1111 was charged twice.",
    ),
    Special("formula", "LfCompare", "en", '=HYPERLINK("https://example.org/","click") +1-1'),
    Special(
        "controls", "LfOnboard", "en", "pasted\tfrom\r\nWord\x07 \u202eesrever\u202c \u200bend"
    ),
    Special(
        "long",
        "LfRenew",
        "en",
        "I have been with Larkfield since the first shop opened in my town. " * 24
        + "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
        + "x" * 120,
    ),
)


def comment(random: Random, stage: str, language: str, mood: float) -> str:
    """What a customer in this mood (-1 bad .. 0 mixed .. 1 good) writes after this stage."""
    if language in _OTHER_LANGUAGES:
        praise, blame = _OTHER_LANGUAGES[language]
        return random.choice(praise if mood > 0 else blame)
    opening = random.choice(_OPENINGS)
    good, bad = random.choice(_PRAISE[stage]), random.choice(_BLAME[stage])
    if mood > 0:
        text = opening + good + random.choice(_PRAISE_ENDINGS)
    elif mood < 0:
        text = opening + bad + random.choice(_BLAME_ENDINGS)
    else:
        text = opening + good + random.choice(_BUTS) + bad + "."
    return text[0].upper() + text[1:]


# (subject, what the customer writes)
CASES = (
    ("No connection since this morning", "Since this morning nothing works. The router is red."),
    ("Charged twice", "My account was charged twice for the same month. Please refund one."),
    ("Activation link does not work", "The link in your e-mail says it has expired."),
    ("App closes when I open the bill", "The app closes as soon as I touch the bill."),
    ("Move my number to Larkfield", "I ordered a transfer of my number last week. What is new?"),
    ("Question about my invoice", "What is line 14 on this invoice? It was not there before."),
    ("Slow in the evening", "Every evening the speed falls to a tenth of what I pay for."),
    ("Change of address", "We move next month. Can the line move on the same day?"),
    ("Renewal offer missing", "My contract ends soon and I have no offer yet."),
    ("Engineer did not come", "I waited from eight to one and nobody came."),
    ("Roaming abroad", "Will my plan work during a trip of two weeks?"),
    ("SIM card lost", "Please block my SIM and send a new one."),
)
REPLIES = (
    "Thank you for writing. I have checked your line and reset it; please restart the router.",
    "I am sorry about this. The amount goes back to your account within two days.",
    "I have sent you a new link; it is valid for seven days.",
    "Could you tell me which version of the app you use?",
    "I have booked the date for you and will stay in touch until it is done.",
)
FOLLOW_UPS = (
    "Thanks, but it still does not work.", "Here are the details you asked for.",
    "When can I expect an answer?", "It happened again today.",
)  # fmt: skip
CLOSINGS = (
    "This should be solved now. Do write again if it is not.",
    "Done. You will see the change on your next bill.",
    "The fault in your area is mended; your line is stable again.",
)
NOTES = ("Line test is fine, asking the network team.", "Seen before, see the March outage.")
BOT_REPLY = "Hello, I am Larkfield's assistant. A colleague will answer you here."
RATING_COMMENTS = {
    "good": ("Quick and friendly.", "Solved, thank you!", "Very helpful 👍"),
    "bad": ("Took far too long.", "Not solved at all.", "I still wait for an answer."),
}
