"""The `sciml` command: the only code that prints."""

from sciml.cli.app import main
