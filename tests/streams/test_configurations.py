"""Every stream that ships as a configuration."""

import numpy as np
import pandas as pd
import pytest
from hydra import compose, initialize_config_dir

from clsim.streams import Recorded
from clsim.sweep.app import CONF
from clsim.sweep.config import instance

NAMES = sorted(path.stem for path in (CONF / "stream").glob("*.yaml"))
LOGS = ("bank_marketing", "elec2", "recorded")
DAY = 86_400_000_000


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    """A file that the configurations of logs can read."""
    path = tmp_path_factory.mktemp("data") / "log.csv"
    frame = pd.DataFrame({"x": np.arange(60.0), "z": 1.5, "class": np.arange(60) % 2})
    frame.to_csv(path, index=False)
    return path


@pytest.fixture(params=[name for name in NAMES if name != "elec2_openml"])
def stream(request, log):
    """Each of them but the one that needs the network."""
    words = [f"stream={request.param}"]
    if request.param in LOGS:
        words += [f"stream.data={log}", "stream.label=class"]
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return instance(compose("config", words)["stream"], "stream")


def test_it_is_described_in_a_few_lines(stream):
    lines = stream.describe().splitlines()
    events = sum(len(batch.y) for batch in stream.blocks(1))
    assert len(lines) <= 8
    assert all(line.startswith("- ") for line in lines[1:])
    inner = stream.layers()[-1]
    count = events if inner is stream else inner.n  # faults may drop rows and double them
    kind = "regression" if stream.schema.task == "regression" else "classes"
    assert f": {count:,} events" in lines[0]
    assert f"{len(stream.schema.features)} features" in lines[0]
    assert lines[0].endswith(kind)


def test_its_truth_is_told_where_somebody_knows_it(stream):
    time = np.concatenate([block.time for block in stream.blocks(1)])
    truth, events = stream.truth(time, 1), stream.drift_events(1)
    if isinstance(stream, Recorded):
        assert (truth, events) == (None, [])
        return
    concepts = truth.filter(regex="^concept ")
    np.testing.assert_allclose(concepts.sum(axis=1), 1)
    assert truth.iloc[:, 1:].min().min() >= 0
    # what the world does comes to show, and what changes has an event
    changing = {name.split()[0] for name in truth.columns[1:] if np.ptp(truth[name]) > 0.4}
    assert {event.target.replace("data", "fault") for event in events} == changing
    for event in events:
        assert time[0] <= event.start <= time[-1]
        assert event.start <= event.end <= time[-1] + DAY  # an event later than the last one
    windows = [event for event in events if event.target == "data"]
    assert len(windows) == sum(name.startswith("fault ") for name in truth)
