"""Features of any kind as numbers, for models that a monitor fits of its own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd


def encoder(X: pd.DataFrame) -> Any:
    """A transformer that is fitted to some rows and takes others of the same columns.

    Parameters
    ----------
    X : pandas.DataFrame of shape (n, features)
        Numbers are standardised, with the median for what is missing and a column that says so;
        all else is taken for categories, one column each, of which being missing is one.

    Returns
    -------
    scikit-learn transformer
        Categories that it was not fitted to become zeros.
    """
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

    numeric = [name for name in X if pd.api.types.is_numeric_dtype(X[name].dtype)]
    others = [name for name in X if name not in numeric]
    filled = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
    parts = [
        (make_pipeline(filled, StandardScaler()), numeric),
        (
            make_pipeline(
                FunctionTransformer(_as_text),
                OneHotEncoder(handle_unknown="ignore", sparse_output=False),
            ),
            others,
        ),
    ]
    made = make_column_transformer(*[(part, names) for part, names in parts if names])
    return made.fit(X)


def _as_text(X: pd.DataFrame) -> np.ndarray:
    return X.astype(object).where(X.notna(), "").astype(str).to_numpy(dtype=object)
