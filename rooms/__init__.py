"""Rooms and who is in them, with presence. It knows no message and no call."""
