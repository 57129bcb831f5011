"""Friends, blacklists and groups, and their versioned sync. It knows no phone code."""
