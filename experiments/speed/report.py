"""How long does a report take, how large is its page, and when does it show something?

python experiments/speed/report.py [--other CHECKOUT] [--repeats 2] [--out results/speed]

Two sweeps, replayed once: `quickstart` (45 runs of one setting, with tables of hindsight), and
`nine` (270 runs: three streams, three delays, six strategies, five seeds). The command
`clsim-report` is timed on each, with this checkout and with another in turn: seconds on the wall,
with all cores, and seconds of all its processes. First paint: what Chromium says, of a page that
it opens from the disk in a window of 1,280 by 900.
"""

from __future__ import annotations

import argparse
import html
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

HERE = Path(__file__).parents[2]
NINE = (
    "stream=drifting,recurring,mixed", "delay=none,constant,exponential",
    "strategy=never,weekly,volume,performance,stateful,drift", "seed=0,1,2,3,4",
)  # fmt: skip
REPORT = "import sys; from clsim.sweep.commands import main; sys.exit(main(sys.argv[1:]))"
SWEEP = "from clsim.sweep.app import main; main()"
PAINT = """<pre id="told"></pre><script>setTimeout(() => {
  const paint = performance.getEntriesByName("first-contentful-paint")[0];
  document.getElementById("told").textContent = paint ? paint.startTime : "none";
}, 3000)</script></body>"""


def run(code: str, arguments: list[str], checkout: Path) -> tuple[float, float]:
    """Seconds on the wall, and of all processes, of a command of a checkout."""
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    environment = {**os.environ, "PYTHONPATH": str(checkout), "OMP_NUM_THREADS": "1"}
    subprocess.run([sys.executable, "-c", code, *arguments], check=True, env=environment,
                   cwd=checkout, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    wall = time.perf_counter() - begin
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def first_paint(page: Path) -> float:
    """Seconds from the start of loading to the first paint; NaN without a browser."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        return float("nan")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "page.html"
        text = page.read_text("utf-8")
        end = text.rindex("</body>")
        copy.write_text(text[:end] + PAINT + text[end + len("</body>") :], "utf-8")
        dom = subprocess.run(
            [browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1280,900",
             "--timeout=20000", "--virtual-time-budget=10000", "--dump-dom", copy.as_uri()],
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
    told = re.search(r'<pre id="told">(.*?)</pre>', dom)
    return float(html.unescape(told[1])) / 1000 if told and told[1] != "none" else float("nan")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--other", type=Path)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--out", type=Path, default=HERE / "results" / "speed")
    parser.add_argument("--sweeps", type=Path, help="where the sweeps are, or are to be")
    chosen = parser.parse_args()
    home = (chosen.sweeps or Path(tempfile.mkdtemp())).resolve()
    sweeps = {"quickstart": ["+experiment=quickstart"], "nine": ["-m", *NINE, "name=nine"]}
    checkouts = {"here": HERE, **({"other": chosen.other} if chosen.other else {})}
    rows = []
    for name, words in sweeps.items():
        place = home / name
        if not (place / ".planned").exists():
            run(SWEEP, [*words, f"out={place}"], HERE)
        for repeat in range(chosen.repeats):
            for called, checkout in checkouts.items():
                for made in ("report.html", "figures", "tables", ".report.json", "runs.parquet"):
                    path = place / made
                    shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
                wall, cpu = run(REPORT, [str(place)], checkout.resolve())
                page = place / "report.html"
                rows.append({
                    "sweep": name, "checkout": called, "repeat": repeat, "wall": wall, "cpu": cpu,
                    "page_mb": page.stat().st_size / 1e6, "first_paint": first_paint(page),
                })  # fmt: skip
                print(rows[-1], flush=True)
    chosen.out.mkdir(parents=True, exist_ok=True)
    frame = pd.DataFrame(rows).round(3)
    frame.to_csv(chosen.out / "report.csv", index=False)
    print(frame.groupby(["sweep", "checkout"]).median(numeric_only=True))


if __name__ == "__main__":
    main()
