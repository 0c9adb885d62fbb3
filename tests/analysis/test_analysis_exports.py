from importlib import import_module
from pkgutil import iter_modules

import pytest

from clsim import analysis


@pytest.mark.parametrize("name", analysis.__all__)
def test_what_is_exported_is_there_and_hidden_by_no_module(name):
    home = import_module(analysis._HOME[name])
    assert getattr(analysis, name) is getattr(home, name)
    assert getattr(home, name).__module__ == home.__name__
    # once imported, a module takes the place of what the package exports by its name
    assert name not in {module.name for module in iter_modules(analysis.__path__)}
