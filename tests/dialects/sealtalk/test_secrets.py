"""Codes, phones, tokens and passwords reach neither the logs nor the event log."""

import json
import logging

from django.test import Client

from rtcserver.logs import redact
from rtcserver.models import Event
from tests.dialects.sealtalk.steps import PASSWORD, last_code, post, wrong

PHONE = "13812345678"


def test_a_whole_life_leaves_no_secret_in_logs_or_events(client, db, caplog):
    secrets = {PHONE, PASSWORD, "changed1"}
    with caplog.at_level(logging.DEBUG):
        post(client, "/user/send_code", region="86", phone=PHONE)
        code = last_code(PHONE)
        post(client, "/user/verify_code", region="86", phone=PHONE, code=wrong(code))
        proof = post(client, "/user/verify_code", region="86", phone=PHONE, code=code).json()
        token = proof["result"]["verification_token"]
        body = {"nickname": "Ann", "password": PASSWORD, "verification_token": token}
        post(client, "/user/register", **body)
        post(client, "/user/register", **body)
        key = client.cookies["rong_im_auth"].value
        login = post(Client(), "/user/login", region="86", phone=PHONE, password=PASSWORD).json()
        post(Client(), "/user/login", region="86", phone=PHONE, password="wrong12")
        secrets |= {code, token, key, login["result"]["token"]}
        client.get(f"/user/find/86/{PHONE}")
        client.get("/user/find/86/13812345679")
        post(client, "/user/change_password", oldPassword=PASSWORD, newPassword="changed1")
        post(client, "/user/delete", password="changed1")
    written = "\n".join(
        record.getMessage() for record in caplog.records if record.name != "django.db.backends"
    )
    events = json.dumps(list(Event.objects.values_list("type", "payload", "subject_id")))
    for secret in secrets:
        assert secret not in written
        assert secret not in events


def test_a_phone_in_a_path_is_redacted():
    line = redact("Not Found: /user/find/86/13812345679")
    assert line == "Not Found: /user/find/86/[redacted]"
