"""Who only receives offers to send nothing, however the description is written."""

import pytest

from sessions_api.frames import sends_media

HEAD = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\n"
QUIET = "m=audio 9 UDP 111\r\na=recvonly\r\nm=video 9 UDP 96\r\na=inactive\r\n"


def description(body: str) -> dict:
    return {"description": {"type": "offer", "sdp": HEAD + body}}


def test_sections_that_only_receive_send_nothing():
    assert not sends_media(description(QUIET + "m=application 9 UDP webrtc\r\n"))


@pytest.mark.parametrize(
    "body",
    [
        "m=audio 9 UDP 111\r\n",
        "m=audio 9 UDP 111\r\na=sendrecv\r\n",
        "m=audio 9 UDP 111\r\nm=application 9 UDP webrtc\r\na=inactive\r\n",
        "m=audio 9 UDP 111\r\nm=video 9 UDP 96\r\na=recvonly\r\na=recvonly\r\n",
        "m=audio 9 UDP 111\ra=recvonly\ra=sendonly\r",
    ],
)
def test_a_section_that_does_not_say_so_once_means_to_send(body):
    assert sends_media(description(body))
