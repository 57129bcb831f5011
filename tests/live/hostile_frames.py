"""Frames made from good ones by damage: other types, depth, huge numbers, half characters."""

import json

from hypothesis import strategies as st

RAW = [  # what json.dumps would never write
    "[" * 3_000 + "]" * 3_000,
    '{"a":' * 500 + "1" + "}" * 500,
    "9" * 5_000,
    "-1e999",
    "NaN",
    '"\\ud800"',
    '"\\udfff\\ud800"',
    '"\\u0000"',
    '"a\\u0000b"',
    '"' + "x" * 20_000 + '"',
]
JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=30),
    st.sampled_from(
        ["", "\x00", "0", "-1", "null", "../../x", "'; --", "𝒳" * 40, 2**63, -1, 2**53]
    ),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=8), st.integers(), max_size=3),
    st.sampled_from(range(len(RAW))).map("@{}@".format),
)


@st.composite
def damaged(draw, good: list[dict]):
    """A message to a socket, text or bytes: a good frame, or what was made of one."""
    frame = json.loads(json.dumps(draw(st.sampled_from(good))))
    for _damage in range(draw(st.integers(0, 3))):
        _damage_one(draw, frame)
    text = json.dumps(frame)
    for number, raw in enumerate(RAW):
        text = text.replace(f'"@{number}@"', raw)
    match draw(st.sampled_from(["whole"] * 8 + ["cut", "twice", "binary", "list", "words"])):
        case "cut":
            return text[: draw(st.integers(0, len(text)))]
        case "twice":
            return text + text
        case "binary":
            return text.encode("utf-16")
        case "list":
            return f"[{text}]"
        case "words":
            return draw(st.text(max_size=50))
    return text


def _damage_one(draw, frame: dict) -> None:
    place = frame
    while place and draw(st.booleans()):
        inner = [value for value in place.values() if isinstance(value, dict)]
        if not inner:
            break
        place = draw(st.sampled_from(inner))
    name = draw(st.sampled_from([*place, "op", "type", "data", "ref", "extra"]))
    match draw(st.sampled_from(["replace"] * 3 + ["remove", "wrap"])):
        case "replace":
            place[name] = draw(JUNK)
        case "remove":
            place.pop(name, None)
        case "wrap":
            place[name] = {name: [place.get(name)]}
