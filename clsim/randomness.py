"""Random streams derived by role, so that changing one part never changes another."""

from __future__ import annotations

import copy
import functools
import hashlib
import inspect
import random
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

BLOCK = 16_384
"""Events in one block of the world: each block is drawn from a generator of its own."""

SEEDS = ("random_state", "seed")
"""What scikit-learn and river call the parameter that seeds an object."""

GENERATORS = (
    random.Random, np.random.RandomState, np.random.Generator, np.random.BitGenerator,
)  # fmt: skip
"""What draws numbers by itself."""

KNOWN = ("builtins", "clsim", "collections", "functools", "numpy", "pandas", "river", "scipy",
         "sklearn")  # fmt: skip
"""Modules whose objects draw from what was seeded alone."""


def _digest(seed: int, role: str, index: tuple[int, ...]) -> bytes:
    key = (int(seed), role, tuple(int(i) for i in index))  # NumPy's scalars are written otherwise
    return hashlib.blake2b(repr(key).encode(), digest_size=16).digest()


def generator(seed: int, role: str, *index: int) -> np.random.Generator:
    """Generator for one role (and block or tick) of one seed.

    It is seeded by a hash of 128 bits, so any block can be drawn alone and in any order. PCG64DXSM
    (O'Neill, 2014; NumPy's choice for many streams) draws twice as fast as the counter-based
    Philox, with the same property.
    """
    key = int.from_bytes(_digest(seed, role, index), "little")
    return np.random.Generator(np.random.PCG64DXSM(key))


def integer(seed: int, role: str, *index: int) -> int:
    """An integer in [0, 2**31) for libraries that take a ``random_state``."""
    return int.from_bytes(_digest(seed, role, index)[:4], "little") >> 1


def chance(seed: int, role: str, *index: int) -> float:
    """A number in [0, 1), to the 53 bits of a float, for what is drawn one by one.

    Examples
    --------
    >>> chance(0, "deployment", 3) == chance(0, "deployment", 3) < 1
    True
    """
    return (int.from_bytes(_digest(seed, role, index)[:8], "little") >> 11) / 2**53


def uniform(seed: int, role: str, rows: np.ndarray) -> np.ndarray:
    """A uniform number in [0, 1) for each of some rows that depends on seed, role and row alone.

    They are drawn a block of rows at a time, so that a longer stream starts with the same ones.
    """
    if len(rows) == 0:
        return np.empty(0)
    low, high = int(rows.min()) // BLOCK, int(rows.max()) // BLOCK
    blocks = [generator(seed, role, b).random(BLOCK) for b in range(low, high + 1)]
    return np.concatenate(blocks)[rows - low * BLOCK]


def uniform_by(seed: int, role: str, values: np.ndarray) -> np.ndarray:
    """A uniform number in [0, 1) for each of some values, text or numbers, equal for equal values.

    Examples
    --------
    >>> a, b, c = uniform_by(0, "route", np.array(["ann", "bob", "ann"])).tolist()
    >>> a == c, a == b
    (True, False)
    """
    some, places = np.unique(values, return_inverse=True)
    kind = "text" if some.dtype.kind in "OUS" else "number"
    # a zero has no sign
    keys = map(str, some.tolist()) if kind == "text" else (some + 0.0).tolist()
    digests = [_digest(seed, f"{role} {kind} {key!r}", ()) for key in keys]
    drawn = [int.from_bytes(digest[:8], "little") >> 11 for digest in digests]
    return np.array(drawn, dtype=float)[places] / 2**53


# what is random in a plug-in ----------------------------------------------------------------------


@dataclass(frozen=True)
class Seeded:
    """A copy of a plug-in in which everything that is random is seeded.

    Attributes
    ----------
    part : object
        The copy.
    random : bool
        Whether something in it had to be seeded.
    foreign : bool
        Whether code in it is neither ours nor of the libraries that draw from nothing but what was
        seeded: it may use the global generators.
    """

    part: Any
    random: bool
    foreign: bool


def seeded(part: Any, key: str, draw: Callable[[str], int]) -> Seeded:
    """A copy of a plug-in in which everything that is random starts from integers of ours.

    A parameter or an attribute ``random_state`` or ``seed`` that is None becomes an integer, and so
    does the state of every generator that the plug-in holds, wherever they sit: in pipelines,
    unions, lists, dictionaries, parameters, splitters, attributes. Numbers that were given stay. A
    model of river is built anew, so that what it drew when it was made is drawn again.

    Parameters
    ----------
    part : object
        A scikit-learn estimator, a river model or detector, or an object of one's own.
    key : str
        What it is called in messages, such as ``'learner'``.
    draw : callable
        Gives the integer for a place, such as ``'learner.models[0]'``.

    Raises
    ------
    ValueError
        For what no seed can decide, by its name.

    Examples
    --------
    >>> from sklearn.model_selection import KFold
    >>> seeded({"cv": KFold(shuffle=True)}, "learner", lambda place: 5).part["cv"].random_state
    5
    """
    walk = _Walk(draw)
    return Seeded(walk.of(copied(part, key), key), walk.random, walk.foreign)


def copied(part: Any, key: str) -> Any:
    """A deep copy of a plug-in.

    Raises
    ------
    ValueError
        If it cannot be copied, so that no run could start afresh.
    """
    try:
        return copy.deepcopy(part)
    except Exception as error:
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ValueError(
            f"{key}: {type(part).__name__} cannot be copied ({said}), so no run could start "
            "afresh; leave out what it holds of the machine: files, locks, sources of entropy"
        ) from error


class _Walk:
    """One walk through a plug-in; what was seen is not seen again."""

    def __init__(self, draw: Callable[[str], int]) -> None:
        self._draw = draw
        self._seen: dict[int, tuple[Any, Any]] = {}  # the old is kept, so that no id comes twice
        self.random = self.foreign = False

    def draw(self, place: str) -> int:
        self.random = True
        return self._draw(place)

    def of(self, value: Any, place: str) -> Any:
        """The value, seeded: itself where it could be changed in place or nothing is random."""
        if isinstance(value, _PLAIN):
            return value
        if id(value) not in self._seen:
            self._seen[id(value)] = value, value
            self._seen[id(value)] = value, self._seeded(value, place)
        return self._seen[id(value)][1]

    def _seeded(self, value: Any, place: str) -> Any:
        if isinstance(value, GENERATORS):
            return _restarted(value, self.draw(place))
        if _foreign(value) or isinstance(value, types.BuiltinMethodType):
            self.foreign = True
            for name, code in {**_code(value), **_code(type(value))}.items():
                _check_code(code, f"{place}: {name}")
        if isinstance(value, list):
            if not set(map(type, value)) <= _ATOMS:
                value[:] = [self.of(item, f"{place}[{i}]") for i, item in enumerate(value)]
            return value
        if isinstance(value, tuple):
            items = [self.of(item, f"{place}[{i}]") for i, item in enumerate(value)]
            if all(new is old for new, old in zip(items, value, strict=True)):
                return value
            return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
        if isinstance(value, dict):
            for name, item in list(value.items()):
                value[name] = self.of(item, f"{place}.{name}")
            return value
        if isinstance(value, functools.partial):
            args = [self.of(item, place) for item in value.args]
            named = {
                name: self.of(item, f"{place}.{name}") for name, item in value.keywords.items()
            }
            return functools.partial(value.func, *args, **named)
        if (callable(value) and not hasattr(value, "__dict__")) or isinstance(value, _FUNCTIONS):
            return value
        if hasattr(value, "_get_params"):
            return self._river(value, place)
        if hasattr(value, "get_params") and hasattr(value, "set_params"):
            return self._scikit_learn(value, place)
        return self._object(value, place)

    def _scikit_learn(self, value: Any, place: str) -> Any:
        new = {}
        for name, given in value.get_params(deep=False).items():
            seed = name in SEEDS and given is None
            fresh = self.draw(f"{place}.{name}") if seed else self.of(given, f"{place}.{name}")
            if fresh is not given:
                new[name] = fresh
        return value.set_params(**new) if new else value

    def _river(self, value: Any, place: str) -> Any:
        args: list[Any] = []
        named: dict[str, Any] = {}
        changed = False
        parameters: Any = {}
        if type(value).__init__ is not object.__init__:
            parameters = inspect.signature(value.__init__).parameters
        for name, parameter in parameters.items():
            given = getattr(value, name, parameter.default)
            if parameter.kind is parameter.VAR_POSITIONAL:
                # named parts of pipelines and unions
                given = getattr(value, name, ())
                parts = list(given.items()) if isinstance(given, dict) else list(given)
                fresh = [self.of(item, f"{place}.{name}[{i}]") for i, item in enumerate(parts)]
                changed |= any(new is not old for new, old in zip(fresh, parts, strict=True))
                args, named = [*named.values(), *fresh], {}
            elif parameter.kind is parameter.VAR_KEYWORD:
                named |= given if isinstance(given, dict) else {}
            else:
                seed = name in SEEDS and given is None
                new = self.draw(f"{place}.{name}") if seed else self.of(given, f"{place}.{name}")
                changed |= new is not given
                named[name] = new
        if changed:
            return type(value)(*args, **named)
        if not any(name in SEEDS for name in parameters):
            self._own_generators(value, place)
        return value

    def _object(self, value: Any, place: str) -> Any:
        inside = getattr(value, "__dict__", None)
        if not isinstance(inside, dict):
            return value
        given = any(inside.get(name) is not None for name in SEEDS)
        for name, item in list(inside.items()):
            if name in SEEDS and item is None:
                inside[name] = self.draw(f"{place}.{name}")
            elif not (given and isinstance(item, GENERATORS)):
                inside[name] = self.of(item, f"{place}.{name}")
        return value

    def _own_generators(self, value: Any, place: str) -> None:
        for name, item in vars(value).items():
            if isinstance(item, GENERATORS):
                _restarted(item, self.draw(f"{place}.{name}"))


_FUNCTIONS = (types.FunctionType, types.MethodType, types.BuiltinMethodType)

_ATOMS = {type(None), bool, int, float, complex, str, bytes, *np.sctypeDict.values()}

_PLAIN: Any = (*_ATOMS, np.ndarray, np.dtype, type, types.ModuleType)
"""Values in which nothing is random."""


def _restarted(generator: Any, state: int) -> Any:
    """A generator that starts from an integer; it is changed in place."""
    if isinstance(generator, (random.Random, np.random.RandomState)):
        generator.seed(state)
        return generator
    bits = generator if isinstance(generator, np.random.BitGenerator) else generator.bit_generator
    bits.state = type(bits)(state).state
    return generator


def _foreign(value: Any) -> bool:
    module = str(getattr(value, "__module__", None) or type(value).__module__)
    return module.partition(".")[0] not in KNOWN


def _code(value: Any) -> dict[str, Any]:
    """A function itself; of a class, what it is made of, and those of others' that it inherits."""
    if isinstance(value, _FUNCTIONS):
        return {getattr(value, "__qualname__", repr(value)): value}
    if not isinstance(value, type):
        return {}
    kinds = [kind for kind in value.__mro__ if _foreign(kind)]
    return {f"{k.__name__}.{name}": item for k in kinds for name, item in vars(k).items()}


def _check_code(code: Any, name: str) -> None:
    """Refuse a generator in a function, a class or a module: all copies would share its state."""
    code = getattr(code, "__func__", code)
    held = [code, getattr(code, "__self__", None)]
    if isinstance(code, types.FunctionType):
        held += [*(code.__defaults__ or ()), *(code.__kwdefaults__ or {}).values()]
        held += inspect.getclosurevars(code).nonlocals.values()
        held += [code.__globals__.get(known) for known in _names(code.__code__)]
    for item in held:
        if isinstance(item, GENERATORS):
            raise ValueError(
                f"{name} {'is' if item is code else 'draws from'} a {type(item).__name__} that all "
                "copies share, so that no seed decides what they draw; make the generator in "
                "__init__ and keep it in an attribute, or use an attribute random_state=None"
            )


def _names(code: types.CodeType) -> set[str]:
    """Names that code, and the functions within it, look up."""
    inner = [part for part in code.co_consts if isinstance(part, types.CodeType)]
    return set(code.co_names).union(*map(_names, inner))


@contextmanager
def globals_kept() -> Iterator[None]:
    """Put the global generators of Python and NumPy back to where they were."""
    python, numpy = random.getstate(), np.random.get_state()  # noqa: NPY002
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)  # noqa: NPY002


def seed_globals(state: int) -> None:
    """Let the global generators of Python and NumPy start from an integer."""
    random.seed(state)
    np.random.seed(state)  # noqa: NPY002


def drew_from_globals(state: int) -> bool:
    """Whether something was drawn from the global generators since they were seeded."""
    now: Any = np.random.get_state()  # noqa: NPY002
    then: Any = np.random.RandomState(state).get_state()
    alike = now[2:] == then[2:] and np.array_equal(now[1], then[1])
    return not alike or random.getstate() != random.Random(state).getstate()
