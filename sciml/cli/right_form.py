"""What should have been typed, where a mistake is a common one."""

from __future__ import annotations

from collections.abc import Sequence


def right_form(error: BaseException, arguments: Sequence[str]) -> str | None:
    """Return a line with the right form for a usage error; None where no better one is known."""
    if arguments[:1] == ["help"]:
        return f"No such command 'help'; type: {' '.join(['sciml', *arguments[1:], '--help'])}"
    option = getattr(error, "option_name", "")
    if hasattr(error, "possibilities") and option.startswith("--") and _takes_set(error):
        return _parameter_form(option, arguments)
    return None


def _takes_set(error: BaseException) -> bool:
    """Whether the command that the error is about sets parameters by `--set`."""
    command = getattr(getattr(error, "ctx", None), "command", None)
    return any("--set" in option.opts for option in getattr(command, "params", ()))


def _parameter_form(option: str, arguments: Sequence[str]) -> str | None:
    """Return how to set a parameter that was typed as if it were an option."""
    from sciml.solving.catalogue import bundled_name
    from sciml.solving.outline import outline_of

    name = option.removeprefix("--").replace("-", "_")
    form = f"--set {name}={_value(option, arguments)}"
    problem = next(filter(None, map(bundled_name, arguments)), None)
    if problem is None:
        return f"No such option: {option}; a parameter of a problem is set by {form}"
    if name in outline_of(problem).parameters:
        return f"No such option: {option}; it is a parameter of {problem}: {form}"
    return None


def _value(option: str, arguments: Sequence[str]) -> str:
    """Return what was typed as the option's value, VALUE where there was none."""
    for argument, following in zip(arguments, [*arguments[1:], "--"], strict=True):
        if argument.startswith(f"{option}="):
            return argument.partition("=")[2]
        if argument == option and not following.startswith("--"):
            return following
    return "VALUE"
