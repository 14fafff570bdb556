"""What all families agree on: problems, answers, references, checks, and the verdict."""
