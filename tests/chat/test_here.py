"""Who is connected to a process, while sockets come and go."""

from chat.consumers.here import TURNS, Here
from tests.threads import on_a_loop


class Visitor:
    """A socket whose credential is asked for; `leaves` are gone when it was."""

    principal = None

    def __init__(self, here):
        self.here, self.leaves, self.asked = here, [], 0
        here.add(self)

    async def verify(self):
        self.asked += 1
        for other in self.leaves:
            self.here.remove(other)


def test_who_closes_while_others_are_asked_ends_no_round():
    here = Here()
    visitors = [Visitor(here) for _number in range(3 * TURNS)]
    first, second, third = visitors[:3]
    first.leaves = [first, second]
    on_a_loop(here.recheck_all())
    assert [visitor.asked for visitor in (first, second, third)] == [1, 0, 1]
