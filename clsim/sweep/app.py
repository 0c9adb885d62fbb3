"""The command ``clsim``: a Hydra app. What is heavy is imported when a job runs."""

from __future__ import annotations

import json
import os
import re
import sys
import traceback
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import hydra
from hydra.experimental.callback import Callback
from omegaconf import DictConfig, OmegaConf

from clsim.sweep.interrupts import exit_code, sigterm_heeded, why

if TYPE_CHECKING:
    from clsim.engine.limits import Limits
    from clsim.runs.info import RunInfo

HERE = Path(__file__).parents[1]
CONF = HERE / "conf" if (HERE / "conf").is_dir() else HERE.parent / "conf"
"""The configurations: within the package where it is installed, beside it in a checkout."""

KNOWN = re.compile(
    r"[0-9a-f]{12}|multirun\.yaml|runs\.parquet|report\.html|memo\.html|figures|tables"
    r"|counterfactual|\..*"
)
"""What a results folder of clsim may hold."""

GOES_ON = (
    "the same command goes on where it stopped, and clsim-report writes the report of what is done"
)


def resolved(config: DictConfig, hydra: Any = None) -> dict[str, Any]:
    """The configuration of a job as plain values: Hydra's own part as the options it chose.

    Parameters
    ----------
    config : DictConfig
    hydra : DictConfig or None, default=None
        Hydra's part, where the configuration is without.
    """
    own = [str(key) for key in config if key != "hydra"]
    plain: dict[str, Any] = OmegaConf.to_container(  # type: ignore[assignment]
        OmegaConf.masked_copy(config, own), resolve=True, throw_on_missing=False
    )
    own_part = config.get("hydra") if hydra is None else hydra
    chosen = {} if own_part is None else OmegaConf.select(own_part, "runtime.choices") or {}
    return {**plain, "choices": choices_of(config, chosen)}


def choices_of(config: DictConfig, chosen: Any) -> dict[str, str]:
    """The option that was chosen of each group; of a strategy, its name if that is written out.

    Parameters
    ----------
    config : DictConfig
        Of a job.
    chosen : mapping
        Group to option, as Hydra's ``runtime.choices``.
    """
    choices = {
        str(group): str(option)
        for group, option in chosen.items()
        if str(group).partition("/")[0] in ("stream", "delay", "learner", "strategy")
        and option is not None  # as where a world says all of it
        and "@beside." not in str(group)
    }
    strategy = OmegaConf.select(config, "strategy")
    if OmegaConf.is_dict(strategy) and not OmegaConf.is_interpolation(strategy, "name"):
        choices["strategy"] = str(strategy.get("name") or choices.get("strategy"))
    return choices


def _run_id(*, _root_: DictConfig) -> str:
    from clsim.sweep.config import run_id

    return run_id(resolved(_root_))


OmegaConf.register_new_resolver("run_id", _run_id, replace=True)


def complete(config: dict[str, Any], known: dict[str, Any] | None = None) -> None:
    """Refuse a configuration that cannot be run, before any work starts.

    All that it names is built and bound to each other, and its delay is asked for the first events.

    Parameters
    ----------
    config : dict
        Resolved.
    known : dict or None, default=None
        What jobs of the same sweep have built and bound; it is added to.

    Raises
    ------
    TypeError, ValueError
        Naming the key, the value and what is allowed.
    """
    from clsim.analysis.compare.frozen import check_world
    from clsim.clock import as_duration
    from clsim.engine.branches import check_feedback
    from clsim.engine.limits import Limits
    from clsim.engine.scratch import room_in
    from clsim.errors import check_choice, check_number
    from clsim.runs.ledger import Prices
    from clsim.runs.run import RECORDS
    from clsim.sweep import calibrated
    from clsim.sweep import config as build
    from clsim.types import WARMUP_LABELS

    known = {} if known is None else known

    given, config = config, {**config, "strategy": calibrated.at(config.get("strategy") or {})}
    build.check(config)
    check_number("seed", config["seed"], whole=True)
    check_world(config.get("world"))
    as_duration(config["tick"], "tick", positive=True)
    as_duration(config["warmup"], "warmup")
    check_choice("unanswered", config["unanswered"], ("skip", "wrong"))
    check_choice("warmup_labels", config["warmup_labels"], WARMUP_LABELS)
    check_choice("record", config["record"], RECORDS)
    room_in(config.get("scratch"))
    limits = Limits.of(config.get("limits"))
    _check_more(config)
    prices = Prices.from_dict(config["prices"])
    built = {
        key: _once(known, [key, config[key]], partial(build.instance, config[key], key))
        for key in build.OBJECT_KEYS
    }
    if config["hindsight"] and check_feedback(built["stream"]):
        raise ValueError(
            f"hindsight=true: {type(built['stream']).__name__} responds to what is served, so no "
            "table says what another schedule would have lost; use hindsight=false"
        )
    keys = (
        "tick", "warmup", "warmup_labels", "loss", "unanswered", "record", "metrics",
        "ghosts", "churn", "abstention",
    )  # fmt: skip
    setting = {key: config[key] for key in keys}
    fits = [setting, config.get("limits"), *(config[key] for key in build.OBJECT_KEYS)]
    clock = _once(known, fits, lambda: _fit(built, setting, build.called(config), limits))
    calibrated.check(given, built["stream"], clock)
    of_delay = [setting, config["stream"], config["delay"]]
    _once(known, of_delay, lambda: _try(built, clock, config))
    if prices.by_class and config["loss"] == "amount":
        raise ValueError(
            "prices.error: a matrix, and loss=amount is money already; give a number, such as 1"
        )
    classes = built["stream"].schema.classes
    if prices.by_class and len(prices.error) != len(classes):
        raise ValueError(
            f"prices.error: a matrix of {len(prices.error)} classes, and the stream has "
            f"{len(classes)}"
        )


def _check_more(config: Mapping[str, Any]) -> None:
    """Refuse what is asked for beside the replay itself, where it is not to be had."""
    from clsim.errors import check_choice, check_flag
    from clsim.sweep.config import COUNTERPARTS

    if not isinstance(config["also"], list):
        raise ValueError(f"also={config['also']!r}: write a list, such as also=[no_delay] or []")
    check_flag("hindsight", config["hindsight"])
    check_flag("signals", config.get("signals", False))
    if config.get("signals") and not config["hindsight"]:
        raise ValueError("signals=true: the tables of hindsight keep them; also hindsight=true")
    for name in config["also"]:
        check_choice("also", name, COUNTERPARTS)


def _once(known: dict[str, Any], of: Any, make: Callable[[], Any]) -> Any:
    """What was made of the same configuration before, or is made now."""
    key = json.dumps(of, sort_keys=True, default=str)
    if key not in known:
        known[key] = make()
    return known[key]


def _fit(built: dict[str, Any], setting: dict[str, Any], name: str, limits: Limits | None) -> Any:
    """The clock of a job, whose objects fit each other."""
    from clsim.engine.asks import Asks
    from clsim.engine.binding import bind
    from clsim.engine.limits import check_limits
    from clsim.sweep import config as build

    strategies = {name: built["strategy"]}
    setting = {**setting, "metrics": build.metrics(setting["metrics"])}
    asked = {key: setting.pop(key) for key in Asks._fields}
    bound = bind(built["stream"], strategies, learner=built["learner"], **setting)
    Asks.of(bound.clock, bound.responds, **asked)
    check_limits(limits, bound.learner)
    return bound.clock


def _try(built: dict[str, Any], clock: Any, config: dict[str, Any]) -> bool:
    from clsim.engine.binding import try_delay
    from clsim.sweep.remedies import names_instead

    try:
        try_delay(built["stream"], built["delay"], clock, config["seed"])
    except ValueError as error:
        raise ValueError(f"{error}{names_instead(str(error), config['delay'], 'delay')}") from error
    return True


class ResultsFolder(Callback):
    """Refuses a results folder that is not clsim's; after a sweep writes its report."""

    def on_run_start(self, config: DictConfig, **kwargs: Any) -> None:
        _check_folder(Path(config.out))

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:
        from clsim.sweep.jobs import forget_prices

        folder = Path(config.hydra.sweep.dir)
        _check_folder(folder)
        if not OmegaConf.select(config, "hydra.launcher.dry"):
            forget_prices(folder)

    def on_multirun_end(self, config: DictConfig, **kwargs: Any) -> None:
        folder = Path(config.hydra.sweep.dir)
        if not any(folder.glob("*/done")):
            _stop("nothing was run: the sweep has no job, as where a range is empty")
        report(folder)


def report(sweep: Path, failed: bool = False) -> None:
    """Write the report of a sweep, if any of its runs is done, and say where it is.

    A sweep in which a job failed never ends for Hydra's callbacks, so its launcher calls this.

    Parameters
    ----------
    sweep : Path
        Its folder.
    failed : bool, default=False
        Whether some jobs failed.

    Raises
    ------
    SystemExit
        If there is no report.
    """
    from clsim.processes import end_processes
    from clsim.report import write_report
    from clsim.sweep.jobs import other_prices

    folder = sweep.absolute()
    if not any(folder.glob("*/done")):
        return
    print("clsim: writing the report", file=sys.stderr)
    try:
        page = write_report(folder, other_prices(folder) or None)
        end_processes()
    except KeyboardInterrupt as error:
        _stop(f"{why(error)}; clsim-report {folder} writes the report", exit_code(error))
    except (OSError, TypeError, ValueError) as error:
        _stop(f"the runs are done, but there is no report: {error}")
    except Exception:  # a callback's exceptions are warnings without a traceback
        traceback.print_exc()
        _stop("the runs are done, but there is no report: see the error above", code=1)
    print(f"{'some jobs failed; ' if failed else ''}report: {page}")


def _check_folder(folder: Path) -> None:
    """Stop unless results can be written there and nobody else's files are in the way."""
    try:
        places = (folder, *folder.absolute().parents)
        existing = next(place for place in places if _there(place))
        existing.stat()  # a link may lead nowhere
    except OSError as error:
        _stop(f"out={folder}: cannot write there ({error}); give another folder with out=...")
    if not existing.is_dir() or not os.access(existing, os.W_OK):
        _stop(f"out={folder}: cannot write there ({existing}); give another folder with out=...")
    if folder.exists():
        strange = sorted(p.name for p in folder.iterdir() if not KNOWN.fullmatch(p.name))
        if strange:
            _stop(
                f"out={folder}: holds what is not clsim's ({strange[0]}); give another folder "
                "with out=..."
            )


def _there(path: Path) -> bool:
    """Whether something has that name, be it a link; `OSError` where nothing can have it."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def _stop(message: str, code: int = 2) -> NoReturn:
    # SystemExit, since Hydra turns exceptions of callbacks into warnings
    print(f"clsim: {message}", file=sys.stderr)
    raise SystemExit(code)


def value_of(folder: Path, info: RunInfo, config: dict[str, Any]) -> float:
    """What a job returns whose run is done: its total cost at the prices given.

    Parameters
    ----------
    folder : Path
        Of the run.
    info : RunInfo
        As `clsim.runs.reading.read_info` gives it.
    config : dict
        Of the job, resolved.

    Raises
    ------
    TypeError, ValueError, OSError
        If the run cannot be read, or these prices do not fit it.
    """
    from clsim.runs.ledger import Prices, cost
    from clsim.runs.reading import read_run

    prices = Prices.from_dict(config["prices"])
    confusion = read_run(folder).confusion if prices.by_class else None
    return float(cost(info.totals, prices, confusion, info.classes))


@hydra.main(config_path=str(CONF), config_name="config", version_base="1.3")
def run(config: DictConfig) -> float:
    """Run one job, unless its folder is done; return its total cost at the prices given."""
    from hydra.core.hydra_config import HydraConfig
    from hydra.errors import CompactHydraException

    from clsim.runs.reading import is_done, read_info
    from clsim.sweep.jobs import replay_jobs, with_counterparts

    os.chdir(HydraConfig.get().runtime.cwd)  # data files are named from where one is
    plain = resolved(config, HydraConfig.get())
    folder = Path(HydraConfig.get().runtime.output_dir)
    try:
        left = [job for job in with_counterparts([plain], [folder]) if not is_done(job[1])]
        if left:  # else a sweep has checked and replayed it
            complete(plain)
        for job, home in left:
            replay_jobs([job], [home])
        info = read_info(folder)
        total = value_of(folder, info, plain)
    except (TypeError, ValueError, OSError) as error:
        raise CompactHydraException(f"clsim: {error}") from error
    if HydraConfig.get().mode == hydra.types.RunMode.RUN:
        totals = info.totals
        score = "no" if info.score is None else f"{info.score:.4f}"
        failed = f" ({totals['failed']} of them failed)" if totals["failed"] else ""
        print(
            f"{plain['strategy'].get('name')}: score {score} on {totals['answered']:,} events, "
            f"{totals['retrainings']} retrainings{failed}, total cost {total:,.0f} "
            f"{plain['prices']['currency']}\n{folder}"
        )
    return total


@contextmanager
def _help_unread() -> Iterator[None]:
    """Let Hydra 1.3 make its parser, one of whose helps is text when somebody asks for it.

    From Python 3.14 on argparse reads each help at once, and refuses what is no text yet.
    """
    setattr(ArgumentParser, "_check_help", lambda parser, action: None)  # noqa: B010
    try:
        yield
    finally:
        delattr(ArgumentParser, "_check_help")


def main() -> None:
    """Run the app; with a hint where Hydra refuses a name."""
    from clsim.sweep.remedies import check_groups, remedy

    sys.path.append(os.getcwd())  # for classes of the user's own that a configuration names
    if len(sys.argv) == 1:
        sys.argv.append("+experiment=quickstart")
    try:
        check_groups(sys.argv[1:], CONF)
    except ValueError as error:
        _stop(str(error))
    try:
        with sigterm_heeded(), _help_unread():
            run()
    except KeyboardInterrupt as error:
        _stop(f"{why(error)}; {GOES_ON}", exit_code(error))
    except SystemExit as stop:
        try:
            hint = remedy(stop.__context__, sys.argv[1:], CONF)
        except Exception:  # the hint must not hide the error
            hint = None
        if hint:
            print(hint, file=sys.stderr)
        raise
