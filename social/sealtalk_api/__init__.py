"""Friends, blacklist, groups and sync in the SealTalk dialect."""
