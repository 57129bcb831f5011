"""What the doctor asks of relay and media server (rtcserver/doctor.py), as calls do."""

import asyncio
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qs
from uuid import uuid4

from aioice.stun import TransactionError, TransactionFailed
from aioice.turn import create_turn_endpoint
from django.conf import settings

from rtcserver.doctor import Probe, register
from sessions_api.media import MediaUnreachable
from sessions_api.media.janus import Janus, Refused, once, room
from sessions_api.services.media import turn_credential

TIMEOUT_SECONDS = 5.0
WRONG_CREDENTIAL = (401, 438, 441)
PORTS = {"turn": 3478, "turns": 5349}
ASKED_BY = "doctor"  # in place of a person, in the relay's log


@dataclass(frozen=True, slots=True)
class Relay:
    """One of RTC_TURN_URLS (RFC 7065): `turn:host:port?transport=udp`."""

    url: str
    host: str
    port: int
    transport: str
    is_encrypted: bool

    @classmethod
    def at(cls, url: str) -> "Relay":
        """Raises ValueError: It is no TURN address."""
        scheme, _colon, rest = url.partition(":")
        place, _mark, query = rest.partition("?")
        host, colon, port = place.rpartition(":")
        if not colon or place.endswith("]"):
            host, port = place, str(PORTS.get(scheme, ""))
        transport = parse_qs(query).get("transport", ["tcp" if scheme == "turns" else "udp"])[0]
        if scheme not in PORTS or not host or transport not in ("udp", "tcp"):
            raise ValueError("no TURN address")
        return cls(url, host.strip("[]"), int(port), transport, scheme == "turns")


def _relays() -> Iterable[str]:
    for url in settings.TURN_URLS:
        try:
            relay = Relay.at(url)
        except ValueError:
            yield f"{url} is no TURN address. Write it such as turn:host:3478?transport=udp."
            continue
        if relay.is_encrypted and relay.transport == "udp":
            yield f"{url} is TURN over DTLS, which browsers do not speak. Write ?transport=tcp."
            continue
        yield from asyncio.run(_asked(relay))


async def _asked(relay: Relay) -> list[str]:
    """What is wrong with it, as a browser would find it."""
    try:
        if relay.is_encrypted and (fault := await _handshake(relay)):
            return [fault]
        return await _allocate(relay)
    except (TransactionError, TimeoutError, OSError) as fault:
        return [
            f"{relay.url} does not answer ({type(fault).__name__}): people behind strict networks "
            "get no sound or pictures. Start the TURN server, open its ports, or correct "
            "RTC_TURN_URLS."
        ]


async def _handshake(relay: Relay) -> str:
    """What keeps browsers from TLS with it, or nothing. Raises OSError: nobody listens."""
    async with asyncio.timeout(TIMEOUT_SECONDS):
        _reader, writer = await asyncio.open_connection(relay.host, relay.port)
    try:
        await writer.start_tls(
            ssl.create_default_context(),
            server_hostname=relay.host,
            ssl_handshake_timeout=TIMEOUT_SECONDS,
        )
    except ssl.SSLCertVerificationError as fault:
        return (
            f"{relay.url} shows a certificate that browsers refuse ({fault.verify_message}): they "
            f"get no relay there. Give coturn (cert, pkey) a valid one for {relay.host}, with its "
            "chain, of an authority that browsers know, and restart it."
        )
    except OSError as fault:
        return (
            f"{relay.url} speaks no TLS ({type(fault).__name__}). Name coturn's "
            "tls-listening-port, give it cert and pkey, and leave no-tls out; or write turn: "
            "for a port without TLS."
        )
    finally:
        writer.close()
    return ""


async def _allocate(relay: Relay) -> list[str]:
    username, password, _expires_at = turn_credential(ASKED_BY)
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            transport, _protocol = await create_turn_endpoint(
                asyncio.DatagramProtocol,
                (relay.host, relay.port),
                username=username,
                password=password,
                ssl=ssl.create_default_context() if relay.is_encrypted else None,
                transport=relay.transport,
            )
            transport.close()
            await asyncio.sleep(0.1)  # the allocation is given back
    except TransactionFailed as refused:
        return [_refusal(relay, refused)]
    return []


def _refusal(relay: Relay, refused: TransactionFailed) -> str:
    code, reason = refused.response.attributes.get("ERROR-CODE", (0, "no reason"))
    if code in WRONG_CREDENTIAL:
        return (
            f"{relay.url} refuses our credentials ({code}). RTC_TURN_SECRET must be coturn's "
            "static-auth-secret, use-auth-secret must be on, and the clocks must agree."
        )
    return f"{relay.url} gives no relay ({code} {reason}). Look at the TURN server's log."


def _media_server() -> Iterable[str]:
    if Janus.name != settings.MEDIA_BACKEND:
        return
    session_id = uuid4()
    try:
        asyncio.run(once(room.create(session_id)))
        asyncio.run(once(room.destroy(session_id)))
    except Refused as refusal:
        yield (
            f"Janus at {settings.JANUS_URL} makes no room for a call (error {refusal.code}). "
            "RTC_JANUS_API_SECRET and RTC_JANUS_ADMIN_KEY must be those it was started with, and "
            "its VideoRoom plugin must have string_ids, as in deploy/janus."
        )
    except MediaUnreachable as fault:
        yield (
            f"Janus at {settings.JANUS_URL} does not answer ({fault}): calls of more than "
            f"{settings.MESH_LIMIT} people have no sound and no pictures. Start it, or correct "
            "RTC_JANUS_URL."
        )


register(Probe("turn", _relays))
register(Probe("media server", _media_server))
