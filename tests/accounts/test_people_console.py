"""People, logins and codes in the console."""

import pytest
from django.test import Client

from accounts.models import Login, User
from accounts.services import Device, send_code, start_login
from rtcserver.models import Event
from tests.factories import UserFactory

PHONE = "13800000001"


@pytest.fixture
def superuser(db):
    user = UserFactory(username="boss", is_staff=True, is_superuser=True)
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def person(db):
    user = UserFactory(username=None, name="Ann", region="86", phone=PHONE)
    start_login(user=user, device=Device("sealtalk", "10.0.0.1", "okhttp/3.2.0"))
    return user


def act(client, model, action, row):
    chosen = {"action": action, "_selected_action": [row.pk]}
    return client.post(f"/admin/accounts/{model}/", chosen, follow=True)


def test_a_persons_page_shows_devices_and_masked_codes(superuser, person):
    send_code(region="86", phone=PHONE, address="10.0.0.1")
    page = superuser.get(f"/admin/accounts/user/{person.pk}/change/").text
    assert "okhttp/3.2.0" in page
    assert "138****01" in page


@pytest.mark.parametrize(
    ("action", "event"),
    [("block_selected", "user.blocked"), ("end_logins_selected", "login.ended"),
     ("erase_selected", "user.removed")],
)  # fmt: skip
def test_actions_on_people_end_their_logins(superuser, person, action, event):
    act(superuser, "user", action, person)
    assert not Login.objects.open().exists()
    assert Event.objects.filter(type=event, actor_kind="staff").count() == 1


def test_a_blocked_person_can_be_let_in_again(superuser, person):
    act(superuser, "user", "block_selected", person)
    assert not User.objects.get(pk=person.pk).is_active
    act(superuser, "user", "unblock_selected", person)
    assert User.objects.get(pk=person.pk).is_active


def test_one_login_can_be_ended(superuser, person):
    act(superuser, "login", "end_selected", Login.objects.get())
    assert Login.objects.get().ended_at


def test_renaming_in_the_console_takes_a_stamp(superuser, person):
    page = superuser.get(f"/admin/accounts/user/{person.pk}/change/")
    form = page.context["adminform"].form
    inlines = page.context["inline_admin_formsets"]
    values = {name: form[name].value() for name in form.fields if name != "password"}
    body = {name: "" if value is None else value for name, value in values.items()}
    for inline in inlines:
        body |= {field.html_name: field.value() for field in inline.formset.management_form}
    body |= {"name": "Anna", "teams": []}
    answer = superuser.post(f"/admin/accounts/user/{person.pk}/change/", body)
    assert answer.status_code == 302, answer.context["errors"]
    renamed = User.objects.get(pk=person.pk)
    assert renamed.name == "Anna"
    assert renamed.stamp > person.stamp


@pytest.mark.parametrize("model", ["login", "phonecode", "outboxmessage", "user"])
def test_lists_take_the_same_queries_for_any_number_of_rows(
    superuser, person, model, django_assert_max_num_queries
):
    for number in range(5):
        send_code(region="86", phone=f"1380000010{number}", address="")
        other = UserFactory(username=None, region="86", phone=f"1380000020{number}")
        start_login(user=other, device=Device("sealtalk"))
    with django_assert_max_num_queries(9):
        assert superuser.get(f"/admin/accounts/{model}/").status_code == 200


def test_people_are_never_deleted_there(superuser, person):
    assert superuser.get(f"/admin/accounts/user/{person.pk}/delete/").status_code == 403
