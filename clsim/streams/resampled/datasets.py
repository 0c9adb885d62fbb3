"""Tables to resample: inputs and labels in one, and some that scikit-learn has."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from clsim.errors import check_choice, check_text


def as_table(X: Any, y: Any, label: str = "label") -> pd.DataFrame:
    """One table of inputs and labels.

    Parameters
    ----------
    X : DataFrame or array-like of shape (n, p)
        Features of an array are called x0, x1 and so on.
    y : array-like of shape (n,)
    label : str, default='label'
        Name of the new column.

    Returns
    -------
    pandas.DataFrame
        Of n rows and p + 1 columns, the label last.

    Raises
    ------
    ValueError
        If a feature has the name of the label.

    Examples
    --------
    >>> as_table([[1.0, 2.0], [3.0, 4.0]], ["no", "yes"]).shape
    (2, 3)
    """
    if not isinstance(X, pd.DataFrame):
        X = np.asarray(X)
        X = pd.DataFrame(X, columns=[f"x{i}" for i in range(X.shape[1])])
    check_text("label", label)
    if label in X.columns:
        raise ValueError(f"label={label!r}: there is a feature of this name; give another")
    return X.assign(**{label: np.asarray(y)})


def digits() -> pd.DataFrame:
    """Handwritten digits: 1,797 images of 8 x 8 pixels; the label is ``digit``.

    Returns
    -------
    pandas.DataFrame
        Pixels from 0 to 16, and digits from 0 to 9.

    Examples
    --------
    >>> digits().shape
    (1797, 65)
    """
    return scikit_learn("digits", "digit")


def scikit_learn(name: str, label: str = "label") -> pd.DataFrame:
    """A table that comes with scikit-learn.

    Parameters
    ----------
    name : {'breast_cancer', 'diabetes', 'digits', 'iris', 'wine'}
        As in its ``load_...``; diabetes is for regression.
    label : str, default='label'
        Name of the label column.

    Returns
    -------
    pandas.DataFrame
        The label is the last column.

    Raises
    ------
    ValueError
        For another name.

    Examples
    --------
    >>> scikit_learn("wine").shape
    (178, 14)
    """
    from sklearn import datasets

    check_choice("name", name, ("breast_cancer", "diabetes", "digits", "iris", "wine"))
    X, y = getattr(datasets, f"load_{name}")(return_X_y=True, as_frame=True)
    return as_table(X, y, label)


def covertype() -> pd.DataFrame:
    """Forest cover: 581,012 patches of forest, 54 features; the label is ``cover``.

    Downloaded and cached by scikit-learn.

    Returns
    -------
    pandas.DataFrame
        Of shape (581012, 55).

    References
    ----------
    Blackard and Dean, Comparative accuracies of artificial neural networks and discriminant
    analysis in predicting forest cover types (Computers and Electronics in Agriculture 24, 1999).

    Examples
    --------
    With a table of two patches in place of the download:

    >>> from unittest.mock import patch
    >>> two = pd.DataFrame({"Elevation": [2596, 3000]}), pd.Series([5, 2])
    >>> with patch("sklearn.datasets.fetch_covtype", return_value=two):
    ...     table = covertype()
    >>> table.columns.tolist(), table["cover"].tolist()
    (['Elevation', 'cover'], [5, 2])
    """
    from sklearn.datasets import fetch_covtype

    X, y = fetch_covtype(return_X_y=True, as_frame=True)
    return as_table(X, y, "cover")
