"""The SealTalk dialect of accounts: codes, registration, login, people, pictures, versions."""
