"""Why a move does not happen."""


class MoveRefused(Exception):
    """Nothing was moved; the text says why, and what to do."""
