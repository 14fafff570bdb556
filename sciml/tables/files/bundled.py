"""Real tables that come with scikit-learn: nothing is downloaded.

W. Wolberg, W. Street, O. Mangasarian, Breast cancer Wisconsin (diagnostic), 1995; S. Aeberhard, M. Forina,
Wine, 1992; B. Efron, T. Hastie, I. Johnstone, R. Tibshirani, Least angle regression, Annals of Statistics 32
(2004) 407-499 (diabetes); E. Alpaydin, C. Kaynak, Optical recognition of handwritten digits, 1998.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from sciml.errors import ArgumentError, did_you_mean

if TYPE_CHECKING:
    from pandas import DataFrame

COMPONENTS = 16  # of the digits: 85 % of their variance


def frame(name: str) -> DataFrame:
    """Return a bundled table of real columns, without its classes or target.

    Args:
        name: "breast-cancer", "wine", "diabetes" or "digits-pca16".

    Raises:
        ArgumentError: If there is no such table.
    """
    if name not in TABLES:
        raise ArgumentError(f"unknown bundled table {name!r}: {did_you_mean(name, TABLES)}")
    return TABLES[name]()


def breast_cancer() -> DataFrame:
    """Return 569 rows of 30 columns: ten measures of cell nuclei, each with mean, error and worst value."""
    from sklearn.datasets import load_breast_cancer

    return load_breast_cancer(as_frame=True).data


def wine() -> DataFrame:
    """Return 178 rows of 13 columns: chemical analyses of wines of three cultivars."""
    from sklearn.datasets import load_wine

    return load_wine(as_frame=True).data


def diabetes() -> DataFrame:
    """Return 442 rows of 9 columns: all but the sex, centred and scaled to a sum of squares of 1."""
    from sklearn.datasets import load_diabetes

    return load_diabetes(as_frame=True).data.drop(columns="sex")


def digits_pca16() -> DataFrame:
    """Return 1,797 rows of 16 columns: handwritten digits of 8 x 8 pixels, their principal components.

    The components are those of all rows; they are the definition of the table, not a part of any fit.
    """
    from pandas import DataFrame
    from sklearn.datasets import load_digits
    from sklearn.decomposition import PCA

    pixels = load_digits().data
    values = PCA(COMPONENTS, svd_solver="full").fit_transform(pixels)
    return DataFrame(values, columns=[f"pc{i + 1}" for i in range(COMPONENTS)])


TABLES: Mapping[str, Callable[[], DataFrame]] = {
    "breast-cancer": breast_cancer,
    "wine": wine,
    "diabetes": diabetes,
    "digits-pca16": digits_pca16,
}
