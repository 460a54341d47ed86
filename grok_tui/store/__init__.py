"""The columns of logs that were read once, kept in the cache so that they need not be again."""
