"""What the scripts of the call page say; the page carries it in the reader's language."""

from django.utils.translation import gettext_lazy as _

TEXTS = {
    "you": _("You"),
    "host": _("host"),
    "guest": _("guest"),
    "unnamed": _("Somebody"),
    "camera": _("Camera"),
    "microphone": _("Microphone"),
    "noDevice": _("None"),
    "joining": _("Joining …"),
    "reconnecting": _("The connection broke. Reconnecting …"),
    "reconnected": _("You are connected again."),
    "needsHttps": _(
        "Camera and microphone need HTTPS: open this page by an https:// address. "
        "You can join, see and hear the others."
    ),
    "noDevices": _(
        "No camera and no microphone were found. You can join, see and hear the others."
    ),
    "noCamera": _("No camera was found. The others will hear you only."),
    "noMicrophone": _("No microphone was found. The others will see you only."),
    "denied": _(
        "The browser was not allowed to use camera and microphone. Allow it beside the address "
        "and load this page again, or join to see and hear the others."
    ),
    "busy": _("Another program uses the camera or the microphone. Close it and try again."),
    "mute": _("Mute"),
    "unmute": _("Unmute"),
    "cameraOff": _("Turn camera off"),
    "cameraOn": _("Turn camera on"),
    "share": _("Share screen"),
    "unshare": _("Stop sharing"),
    "muted": _("muted"),
    "screenOf": _("%s's screen"),
    "videoOf": _("Video of %s"),
    "mutedBy": _("%s muted your microphone. You can turn it on again."),
    "joined": _("%s joined."),
    "left": _("%s left."),
    "asks": _("%s waits to be let in."),
    "callFull": _("The call is full. Somebody has to leave first."),
    "admit": _("Let in"),
    "refuse": _("Refuse"),
    "eject": _("Put out"),
    "muteThem": _("Mute"),
    "admitOne": _("Let in: %s"),
    "refuseOne": _("Refuse: %s"),
    "ejectOne": _("Put out: %s"),
    "muteOne": _("Mute: %s"),
    "ejectSure": _("Put %s out of the call? They come back only if somebody lets them in."),
    "connecting": _("Connecting …"),
    "connected": _("connected"),
    "away": _("connection lost"),
    "direct": _("direct"),
    "relayed": _("through the relay"),
    "noRouteNone": _(
        "No connection to %s: this browser found no way into the network. "
        "Check the connection, a VPN or a firewall."
    ),
    "noRouteTurn": _(
        "No connection to %s: the relay server (TURN) did not answer or refused. "
        "Tell the people who run this server."
    ),
    "noRouteBlocked": _(
        "No connection to %s: a firewall between you blocks it, and this server has no relay."
    ),
    "noRouteServer": _("No connection to the media server. Trying again …"),
    "noWay": _(
        "This page cannot carry the sound and pictures of this call. It needs an app of its own."
    ),
    "noRouteThem": _("No connection to %s: their browser does not answer."),
    "clickToHear": _("Click anywhere to hear the others."),
    "shareRefused": _("The screen is not shared."),
    "waiting": _("You wait to be let in."),
    "early": _("The call has not started yet. You will be let in or asked for when it starts."),
    "over_own": _("You left the call."),
    "over_ended": _("The call has ended."),
    "over_canceled": _("This invitation was cancelled."),
    "over_refused": _("You were not let in."),
    "over_ejected": _("You were put out of the call."),
    "over_taken_over": _("You are in this call in another window."),
    "over_unknown": _("This link does not lead to a call."),
    "over_full": _(
        "The call is full: no more people can be in it. You can come back when somebody has left."
    ),
    "over_fault": _("The server ended the connection."),
    "chatAway": _("The chat is not connected."),
    "chatRefused": _("The message was not sent."),
}
DIAGNOSE_TEXTS = {
    **{name: TEXTS[name] for name in ("needsHttps", "noDevices", "noCamera", "noMicrophone")},
    **{name: TEXTS[name] for name in ("denied", "busy")},
    "checkSecure": _("Safe address"),
    "checkWebrtc": _("Calls in this browser"),
    "checkSocket": _("Connection to the server"),
    "checkDevices": _("Camera and microphone"),
    "checkNetwork": _("Ways into the network"),
    "checkTurn": _("Relay server (TURN)"),
    "secureYes": _("This page was loaded safely."),
    "secureNo": _("This page was not loaded by https://, so browsers give no camera."),
    "webrtcYes": _("This browser can make calls."),
    "webrtcNo": _("This browser cannot make calls (WebRTC is missing or switched off)."),
    "socketYes": _("The server can be reached all the time (WebSocket)."),
    "socketNo": _(
        "The server cannot be reached by WebSocket. A proxy or a firewall may be in the way."
    ),
    "devicesYes": _("Camera and microphone work."),
    "networkFound": _("Found: %s."),
    "networkNone": _("None was found. A firewall, a VPN or a browser extension may be in the way."),
    "turnUnset": _("This server has none. Calls across strict firewalls may fail."),
    "turnYes": _("The relay answers."),
    "turnNo": _("The relay does not answer. Calls across strict firewalls will fail."),
    "testing": _("Testing …"),
    "testFailed": _("The test itself failed."),
    "allGood": _("Calls should work here."),
    "notGood": _("Something stands in the way of calls; see above."),
}
