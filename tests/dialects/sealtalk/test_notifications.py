"""What people's devices are told, as the messages of the original clients."""

from social.models import Notification
from social.sealtalk_api.notifications import message_of


def inbox(caller, after=0):
    return [
        message_of(row.event) for row in Notification.objects.of_user(caller.user.pk).after(after)
    ]


def test_a_request_and_its_answer(ada, bo):
    ada.post("/friendship/invite", friendId=bo.id, message="<hi>")
    asked = bo.sync()["friends"][0]["timestamp"]
    bo.post("/friendship/agree", friendId=ada.id)
    agreed = ada.sync(asked)["version"]
    assert inbox(bo) == [
        (
            "RC:ContactNtf",
            {
                "operation": "Request",
                "sourceUserId": ada.id,
                "targetUserId": bo.id,
                "message": "&lt;hi&gt;",
                "extra": {"sourceUserNickname": "Ada", "version": asked},
            },
        )
    ]
    [(kind, answer)] = inbox(ada)
    assert kind == "RC:ContactNtf"
    assert (answer["operation"], answer["message"]) == ("AcceptResponse", "")
    assert (answer["sourceUserId"], answer["targetUserId"]) == (bo.id, ada.id)
    assert answer["extra"] == {"sourceUserNickname": "Bo", "version": agreed}


def test_the_life_of_a_group_in_order(ada, bo, cai):
    group = ada.post("/group/create", name="Choir", memberIds=[ada.id, bo.id])["id"]
    cai.post("/group/join", groupId=group)
    ada.post("/group/rename", groupId=group, name="<Band>")
    ada.post("/group/set_bulletin", groupId=group, bulletin="Tonight")
    ada.post("/group/transfer", groupId=group, userId=bo.id)
    bo.post("/group/kick", groupId=group, memberIds=[ada.id])
    bo.post("/group/quit", groupId=group)
    cai.post("/group/dismiss", groupId=group)
    operations = ["Create", "Add", "Rename", "Bulletin", "Transfer", "Kicked", "Quit", "Dismiss"]
    received = {caller.id: inbox(caller) for caller in (ada, bo, cai)}
    assert [body["operation"] for _kind, body in received[ada.id]] == operations[:6]
    assert [body["operation"] for _kind, body in received[bo.id]] == operations[:7]
    assert [body["operation"] for _kind, body in received[cai.id]] == operations[1:]
    assert {kind for kind, _body in received[cai.id]} == {"RC:GrpNtf"}
    fields = {
        body["operation"]: body["data"] for _kind, body in received[cai.id] + received[ada.id]
    }
    for data in fields.values():
        inner = data.pop("data")
        assert inner == data
        data.pop("timestamp")
    assert fields == {
        "Create": {"operatorNickname": "Ada", "targetGroupName": "Choir"},
        "Add": {
            "operatorNickname": "Cai",
            "targetUserIds": [cai.id],
            "targetUserDisplayNames": ["Cai"],
        },
        "Rename": {"operatorNickname": "Ada", "targetGroupName": "&lt;Band&gt;"},
        "Bulletin": {"operatorNickname": "Ada", "bulletin": "Tonight"},
        "Transfer": {
            "oldCreatorId": ada.id,
            "oldCreatorName": "Ada",
            "newCreatorId": bo.id,
            "newCreatorName": "Bo",
        },
        "Kicked": {
            "operatorNickname": "Bo",
            "targetUserIds": [ada.id],
            "targetUserDisplayNames": ["Ada"],
        },
        "Quit": {
            "operatorNickname": "Bo",
            "targetUserIds": [bo.id],
            "targetUserDisplayNames": ["Bo"],
            "newCreatorId": cai.id,
        },
        "Dismiss": {"operatorNickname": "Cai"},
    }


def test_the_timestamp_of_a_notification_is_that_of_the_rows(ada, bo):
    ada.post("/group/create", name="Choir", memberIds=[ada.id, bo.id])
    [(_kind, body)] = inbox(bo)
    assert body["data"]["timestamp"] == bo.sync()["version"]


def test_a_device_reads_on_from_what_it_has_seen(ada, bo):
    ada.post("/group/create", name="Choir", memberIds=[ada.id, bo.id])
    seen = Notification.objects.of_user(bo.user.pk).get().event_id
    ada.post("/friendship/invite", friendId=bo.id, message="hi")
    assert [body["operation"] for _kind, body in inbox(bo, after=seen)] == ["Request"]
