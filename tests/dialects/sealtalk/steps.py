"""What a client does, step by step, over HTTP."""

from io import StringIO

from django.core.management import call_command

PASSWORD = "secret1"


def post(client, path, headers=None, **body):
    return client.post(path, body, content_type="application/json", headers=headers)


def last_code(phone, region="86"):
    printed = StringIO()
    call_command("last_code", region, phone, stdout=printed)
    return printed.getvalue().strip()


def proved(client, phone):
    """Send a code and exchange it: the verification token."""
    assert post(client, "/user/send_code", region="86", phone=phone).json() == {"code": 200}
    answer = post(client, "/user/verify_code", region="86", phone=phone, code=last_code(phone))
    return answer.json()["result"]["verification_token"]


def registered(client, phone, nickname="Ann"):
    token = proved(client, phone)
    answer = post(
        client,
        "/user/register",
        nickname=nickname,
        password=PASSWORD,
        verification_token=token,
    )
    assert answer.status_code == 200
    client.user_id = answer.json()["result"]["id"]
    return client


def wrong(code):
    """Another code than `code`."""
    return f"{(int(code) + 1) % 1_000_000:06}"
