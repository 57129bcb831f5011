"""What real threads at the same moment cannot break."""

import uuid
from functools import partial

import pytest

from accounts import services
from accounts.errors import CodeExpired, CodesLimited, PhoneTaken, UnknownVerification, WrongCode
from accounts.models import FailedLogin, Login, PhoneCode, User, VerificationToken
from accounts.services import Device
from tests.dialects.sealtalk.steps import last_code, wrong
from tests.threads import in_parallel

pytestmark = pytest.mark.django_db(transaction=True)
PHONE = {"region": "86", "phone": "13800000009"}


def send():
    services.send_code(**PHONE, address="10.0.0.1")
    return last_code(PHONE["phone"])


def test_sixteen_right_codes_give_one_token():
    code = send()
    outcomes = in_parallel([partial(services.verify_code, **PHONE, code=code)] * 16)
    tokens = [outcome for outcome in outcomes if isinstance(outcome, str)]
    assert len(tokens) == 1
    assert VerificationToken.objects.count() == 1
    assert {type(o) for o in outcomes if o not in tokens} <= {CodeExpired, WrongCode}


def test_parallel_guesses_are_all_counted():
    code = send()
    outcomes = in_parallel([partial(services.verify_code, **PHONE, code=wrong(code))] * 16)
    assert {type(outcome) for outcome in outcomes} == {WrongCode}
    assert PhoneCode.objects.get().tries == 5


def test_parallel_requests_send_one_code():
    ask = partial(services.send_code, **PHONE, address="10.0.0.1")
    outcomes = in_parallel([ask] * 16)
    assert outcomes.count(None) == 1
    assert {type(o) for o in outcomes if o is not None} == {CodesLimited}
    assert PhoneCode.objects.count() == 1


def test_parallel_requests_for_many_phones_keep_the_limit_of_an_address():
    outcomes = in_parallel(
        partial(services.send_code, region="86", phone=f"138000000{n:02}", address="10.0.0.1")
        for n in range(16)
    )
    assert outcomes.count(None) == 10


def register(token):
    device = Device("sealtalk", "10.0.0.1", "test")
    return services.register(name="Ann", password="secret1", token=uuid.UUID(token), device=device)


def test_one_token_registers_one_person():
    token = services.verify_code(**PHONE, code=send())
    outcomes = in_parallel([partial(register, token)] * 8)
    assert User.objects.count() == Login.objects.count() == 1
    refused = [o for o in outcomes if not isinstance(o, tuple)]
    assert {type(o) for o in refused} == {UnknownVerification}


def test_two_tokens_of_one_phone_register_one_person(settings):
    tokens = []
    for _round in range(2):
        PhoneCode.objects.all().delete()
        tokens.append(services.verify_code(**PHONE, code=send()))
    outcomes = in_parallel([partial(register, token) for token in tokens])
    assert User.objects.count() == Login.objects.count() == 1
    assert {type(o) for o in outcomes} == {tuple, PhoneTaken}


def test_parallel_password_guesses_see_each_other():
    register(services.verify_code(**PHONE, code=send()))
    guess = partial(
        services.log_in, **PHONE, password="wrong12", device=Device("sealtalk", "10.0.0.2", "")
    )
    in_parallel([guess] * 16)
    assert FailedLogin.objects.count() <= 8
