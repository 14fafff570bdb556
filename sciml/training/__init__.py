"""Training for a long time in good order: minibatches, checkpoints, run folders, signals, progress."""
