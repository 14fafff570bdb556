"""Tables in files: read, written, and those that come with scikit-learn."""
