"""Sources: each gives blocks of records."""
