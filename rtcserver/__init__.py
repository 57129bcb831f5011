"""The project: settings, wire dialects, the event log and what every app shares.

It owns no business rows. Only `urls`, `asgi`, `demo` and the commands may know the apps.
"""
