"""People, teams and API clients, and every way in: OAuth tokens, codes, passwords.

It owns users, teams and credentials. It does not know what they are used for.
"""
