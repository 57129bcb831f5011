"""Pages of participants, as the call socket meets them."""

from tests.sockets import Talker

OFFER = {"type": "offer", "sdp": "v=0\r\nm=audio 9 UDP 0\r\na=recvonly\r\n"}


class Page(Talker):
    """What a browser's page of one participant says and hears."""

    def __init__(self, port, person):
        super().__init__(port, "/ws/call")
        self.person = person
        self.peer_id = str(person.peer_id)
        self.traffic: list[dict] = []

    def receive(self, timeout=10):
        frame = super().receive(timeout)
        self.traffic.append(frame)
        return frame

    def come(self):
        """Authenticate; returns the state the person is in."""
        assert self.ask("auth", entry=str(self.person.public_id))["op"] == "welcome"
        return self.next("state")["state"]

    def enter(self):
        assert self.come() == "inside"
        return self.next("inside")


def admitted(page, host, person):
    """A page of a guest whom the host let in."""
    guest = page(person)
    assert guest.come() == "waiting"
    assert host.ask("admit", peer=guest.peer_id)["op"] == "done"
    guest.first = guest.next("inside")
    return guest
