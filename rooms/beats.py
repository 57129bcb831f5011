"""What each serving process does for presence and its room sockets, at intervals."""

from django.conf import settings

from rooms.hall import hall
from rooms.services.signs import FLUSH_SECONDS, signs
from rtcserver.sockets import Beat, domain, every

CHECK_SECONDS = 30.0
# Often enough that one beat may fail before anybody counts as silent.
ALIVE_SECONDS = min(10.0, settings.PRESENCE_OFFLINE_SECONDS / 3)


async def write_signs() -> None:
    await domain(signs.flush)


every(Beat("rooms.signs", FLUSH_SECONDS, write_signs))
every(Beat("rooms.sockets", ALIVE_SECONDS, hall.keep_alive))
every(Beat("rooms.attendance", CHECK_SECONDS, hall.check_all))
