"""Made-up records as Qualtrics sends them."""

from __future__ import annotations

from wellheard.demo.simulators.world import Json

SURVEY, DISTRIBUTION = "SV_0demo0000000001", "EMD_0demo000000001"


def survey(survey: str, changed: str) -> Json:
    def question(name: str, kind: str, selector: str, text: str, choices: int) -> Json:
        return {
            "questionType": {"type": kind, "selector": selector, "subSelector": None},
            "questionText": text,
            "questionName": name,
            "questionLabel": None,
            "choices": {
                str(n): {"recode": str(n), "choiceText": str(n), "description": str(n)}
                for n in range(1, choices + 1)
            },
        }

    return {
        "id": survey,
        "name": f"Made-up survey {survey}",
        "ownerId": "UR_0demo0000000001",
        "organizationId": "larkfield",
        "isActive": True,
        "creationDate": "2026-01-05T09:00:00Z",
        "lastModifiedDate": changed,
        "questions": {
            "QID1": question("Q1", "MC", "NPS", "How likely are you to recommend us?", 11),
            "QID2": question("Q2", "TE", "ESTB", "Why?", 0),
            "QID3": question("Q3", "MC", "SAVR", "How satisfied are you?", 5),
        },
        "exportColumnMap": {f"Q{n}": {"question": f"QID{n}"} for n in (1, 2, 3)},
        "blocks": {},
        "flow": [],
        "embeddedData": [{"name": "channel"}],
        "responseCounts": {"auditable": 0, "deleted": 0, "generated": 0},
    }


def distribution(distribution: str, sent: str) -> Json:
    return {
        "id": distribution,
        "parentDistributionId": None,
        "ownerId": "UR_0demo0000000001",
        "organizationId": "larkfield",
        "requestStatus": "Done",
        "requestType": "Invite",
        "sendDate": sent,
        "createdDate": sent,
        "modifiedDate": sent,
        "headers": {"fromEmail": "noreply@example.org", "fromName": "Larkfield"},
        "recipients": {"mailingListId": "CG_0demo0000000001", "contactId": None},
        "message": {"libraryId": None, "messageId": None, "messageText": None},
        "surveyLink": {"surveyId": SURVEY, "expirationDate": None, "linkType": "Individual"},
        "stats": {"sent": 0, "failed": 0, "started": 0, "bounced": 0, "opened": 0, "finished": 0},
    }


def contacted(number: int, sent: str) -> Json:
    return {
        "contactId": f"CID_0demo{number:08}",
        "contactLookupId": f"CGC_0demo{number:08}",
        "distributionId": DISTRIBUTION,
        "status": "Success",
        "surveyLink": f"https://larkfield.example/jfe/form/{SURVEY}?Q_DL={number}",
        "contactFrequencyRuleId": None,
        "responseId": None,
        "responseCompletedAt": None,
        "sentAt": sent,
        "openedAt": None,
        "responseStartedAt": None,
        "surveySessionId": None,
    }


def response(number: int, recorded: str) -> Json:
    values = {
        "startDate": recorded,
        "endDate": recorded,
        "status": 0,
        "progress": 100,
        "duration": 40 + number % 200,
        "finished": 1,
        "recordedDate": recorded,
        "_recordId": f"R_0demo{number:09}",
        "externalDataReference": f"C{number:05}",
        "distributionChannel": "anonymous",
        "userLanguage": "EN-GB",
        "QID1": number % 11,
        "QID1_NPS_GROUP": 1 if number % 11 < 7 else 2 if number % 11 < 9 else 3,
        "QID2_TEXT": f"Größe – 電話 {number}",
        "channel": "web",
    }
    return {
        "responseId": f"R_0demo{number:09}",
        "values": values,
        "labels": {"status": "IP Address", "finished": "True"},
        "displayedFields": ["QID1", "QID2_TEXT", "QID3"],
        "displayedValues": {"QID1": list(range(11))},
    }
