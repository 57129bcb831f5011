"""Who only receives offers to send nothing, however the description is written."""

import pytest

from sessions_api.frames import sends_media

HEAD = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\n"
QUIET = "m=audio 9 UDP 111\r\na=recvonly\r\nm=video 9 UDP 96\r\na=inactive\r\n"


def description(body: str) -> dict:
    return {"description": {"type": "offer", "sdp": HEAD + body}}


def test_sections_that_only_receive_send_nothing():
    assert not sends_media(description(QUIET))
    assert not sends_media(description(QUIET.replace("\r\n", "\n")))
    assert not sends_media(description("a=recvonly\r\n" + QUIET))


def test_nothing_said_of_media_sends_none():
    assert not sends_media({"hello": "new"})
    assert not sends_media({"side": "up", "candidate": {"candidate": ""}})


def test_what_goes_up_sends():
    assert sends_media({"side": "up", **description(QUIET)})
    assert not sends_media({"side": "down", **description(QUIET)})


@pytest.mark.parametrize(
    "body",
    [
        "m=audio 9 UDP 111\r\n",
        "m=audio 9 UDP 111\r\na=sendrecv\r\n",
        "m=audio 9 UDP 111\r\nm=application 9 UDP webrtc\r\na=inactive\r\n",
        "m=audio 9 UDP 111\r\nm=video 9 UDP 96\r\na=recvonly\r\na=recvonly\r\n",
        "m=audio 9 UDP 111\ra=recvonly\ra=sendonly\r",
        "m=audio 9 UDP 111\r\na=recvonly\r\na=sendrecv:1\r\n",
        "m=audio 9 UDP 111\r\na=recvonly\r\na=sendrecv \r\n",
        "m=audio 9 UDP 111\r\na=recvonly\r\na=SENDRECV\r\n",
        "m=audio 9 UDP 111\r\na=RECVONLY\r\n",
        "m=audio 9 UDP 111\r\na=recvonly\x0c\r\n",
        "m=audio 9 UDP 111\r\na=x\ra=recvonly\r\n",
        "m=audio 9 UDP 111\r\na=recvonly\r\r\n",
        "m=AUDIO 9 UDP 111\r\na=sendrecv\r\n",
        QUIET + "m=application 9 UDP webrtc\r\n",
        "a=SendRecv\r\n" + QUIET,
    ],
)
def test_a_section_that_does_not_say_so_once_means_to_send(body):
    assert sends_media(description(body))
