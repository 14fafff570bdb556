"""Running for a long time in good order: run folders, signals, progress."""
