"""The migrations that made one table of all logins: LiveRoom's move into it with their tokens."""

from datetime import timedelta

from django.utils import timezone

from tests.databases import rows_behind

LOGINS = 501  # one more than are moved together


def fill(rows, now):
    """A login each, known by its minute, with two tokens; one login of another dialect."""
    user = rows("accounts", "User").create(public_id="1", name="Anna")
    before = rows("accounts", "SignatureLogin").bulk_create(
        rows("accounts", "SignatureLogin").model(
            user=user,
            address="10.0.0.7",
            created_at=now + timedelta(minutes=number),
            renewed_at=now + timedelta(minutes=number, seconds=1),
            expires_at=now + timedelta(minutes=number, seconds=2),
            ended_at=now if number == 0 else None,
        )
        for number in range(LOGINS)
    )
    token = rows("accounts", "LiveRoomToken").model
    rows("accounts", "LiveRoomToken").bulk_create(
        token(login=login, checksum=f"{number}-{turn}", expires_at=now)
        for number, login in enumerate(before)
        for turn in range(2)
    )
    rows("accounts", "Login").create(
        user=user, dialect="sealtalk", key_checksum="k", expires_at=now, seen_at=now
    )


def test_liveroom_logins_move_with_their_tokens(older):
    now = timezone.now().replace(microsecond=123456)
    fill(rows_behind(older, "accounts", "0006_one_table_of_logins"), now)
    after = rows_behind(older, "accounts", "0008_drop_signature_logins")
    moved = list(after("accounts", "Login").filter(dialect="liveroom").order_by("created_at"))
    assert len(moved) == LOGINS
    for number, login in enumerate(moved):
        start = now + timedelta(minutes=number)
        assert (login.created_at, login.seen_at, login.expires_at) == (
            start, start + timedelta(seconds=1), start + timedelta(seconds=2),
        )  # fmt: skip
        assert (login.user.name, login.address, login.key_checksum) == ("Anna", "10.0.0.7", None)
        assert login.ended_at == (now if number == 0 else None)
    logins = {login.pk: number for number, login in enumerate(moved)}
    tokens = after("accounts", "LiveRoomToken").values_list("checksum", "login_id")
    assert {text: logins[login] for text, login in tokens} == {
        f"{number}-{turn}": number for number in range(LOGINS) for turn in range(2)
    }
    assert after("accounts", "Login").filter(dialect="sealtalk").count() == 1
