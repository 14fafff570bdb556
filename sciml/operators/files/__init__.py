"""Files of functions in any common format: what is in them, and which of it is what."""
