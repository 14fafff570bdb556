"""The tables that scikit-learn brings: what they hold, and that nothing is downloaded."""

import socket

import numpy as np
import pytest
from sklearn import datasets

from sciml.errors import ArgumentError
from sciml.tables.files import bundled

SHAPES = {"breast-cancer": (569, 30), "wine": (178, 13), "diabetes": (442, 9), "digits-pca16": (1797, 16)}


@pytest.mark.parametrize("name", SHAPES)
def test_tables_are_finite_real_and_not_degenerate(name, monkeypatch):
    monkeypatch.setattr(socket, "socket", lambda *_: pytest.fail("the network was asked"))
    table = bundled.frame(name)
    assert table.shape == SHAPES[name]
    assert np.isfinite(table.to_numpy()).all()
    assert all(kind == np.float64 for kind in table.dtypes)
    assert table.columns.is_unique
    scaled = (table - table.mean()) / table.std()
    assert np.linalg.matrix_rank(scaled.to_numpy()) == table.shape[1]
    assert bundled.frame(name).equals(table)


def test_sex_and_targets_are_left_out():
    assert "sex" not in bundled.frame("diabetes")
    for name in SHAPES:
        assert not {"target", "class"} & set(bundled.frame(name).columns)


def test_components_are_a_rotation_of_the_pixels():
    """Their variances are the largest eigenvalues of the pixels' covariance, and they are uncorrelated."""
    values = bundled.frame("digits-pca16").to_numpy()
    covariance = np.cov(datasets.load_digits().data.T)
    np.testing.assert_allclose(
        np.cov(values.T), np.diag(np.linalg.eigvalsh(covariance)[::-1][:16]), atol=1e-9 * covariance.max()
    )


def test_an_unknown_table_is_named():
    with pytest.raises(ArgumentError, match="did you mean 'wine'"):
        bundled.frame("wines")
