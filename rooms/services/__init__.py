"""Everything that changes rooms and memberships, one file for each kind of act."""
