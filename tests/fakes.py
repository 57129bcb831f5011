"""Stand-ins for what lies beyond the border of the process."""

from channels.layers import BaseChannelLayer


class BrokenChannelLayer(BaseChannelLayer):
    """A layer whose server is gone."""

    extensions = ["groups"]

    async def group_send(self, group, message):
        raise ConnectionError("gone")
