"""MATLAB's .mat files up to version 7; those of 7.3 are HDF5."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sciml.operators.files.contents import Contents, check_claim, damaged, sized

KIND = "a MATLAB file (.mat)"
LARGEST_NUMBER = 8  # bytes


def read_matlab(path: Path) -> Contents:
    """Return the matrices of numbers; cells and structures are passed over."""
    from scipy.io import loadmat, whosmat

    with damaged(path, KIND):
        listed = whosmat(path)
        for _, shape, _ in listed:
            check_claim(path, sized(shape), LARGEST_NUMBER)
        names = [name for name, _, kind in listed if kind not in ("cell", "struct", "object", "function")]
        found = loadmat(path, variable_names=names)
        arrays = {name: found[name] for name in names if np.asarray(found[name]).dtype.kind in "fiub"}
    return Contents("MATLAB", arrays)
