"""Settings. Every deployment choice is an environment variable; docs/settings.md lists them."""

from rtcserver.settings.calls import *
from rtcserver.settings.chat import *
from rtcserver.settings.chatroom import *
from rtcserver.settings.environment import *
from rtcserver.settings.logs import *
from rtcserver.settings.people import *
from rtcserver.settings.project import *
from rtcserver.settings.rooms import *
from rtcserver.settings.sessions import *
from rtcserver.settings.social import *
from rtcserver.settings.storage import *
from rtcserver.settings.transport import *
