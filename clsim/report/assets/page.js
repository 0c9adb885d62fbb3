"use strict";

// numbers as Python writes them ------------------------------------------------------------------

const MINUS = "\u2212", MISSING = "\u2013";

function rounded(x) { // half to even
  const r = Math.round(x);
  return Math.abs(x % 1) === 0.5 && r % 2 ? r - 1 : r;
}

function amount(x) {
  if (x === null || Number.isNaN(x)) return MISSING;
  const size = Math.abs(x);
  const text = size >= 100 || Number.isInteger(x)
    ? rounded(size).toLocaleString("en-US") : String(Number(size.toPrecision(3)));
  return x < 0 && text !== "0" ? MINUS + text : text;
}

function scored(x) {
  if (x === null || Number.isNaN(x)) return MISSING;
  return Math.abs(x) < 10 ? x.toFixed(4).replace("-", MINUS) : amount(x);
}

// HTML: what is put into html`...` and is not of it is text, and is escaped -----------------------

class Html {
  constructor(text) { this.text = text; }
}

const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

function escaped(value) {
  if (value instanceof Html) return value.text;
  if (Array.isArray(value)) return value.map(escaped).join("");
  return String(value).replace(/[&<>"']/g, character => ESCAPES[character]);
}

function html(strings, ...values) {
  return new Html(String.raw({ raw: strings }, ...values.map(escaped)));
}

function fill(place, content) {
  place.innerHTML = escaped(content);
}

// sortable tables --------------------------------------------------------------------------------

for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells], body = table.tBodies[0];
  heads.forEach((head, column) => head.firstChild.addEventListener("click", () => {
    const up = head.getAttribute("aria-sort") !== "ascending";
    heads.forEach(other => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const key = row => row.cells[column].dataset.v;
    const text = [...body.rows].some(row => key(row) !== "" && Number.isNaN(Number(key(row))));
    const order = (a, b) => {
      if (key(a) === "" || key(b) === "") return (key(a) === "") - (key(b) === "");
      const found = text
        ? key(a).localeCompare(key(b), undefined, { numeric: true }) : key(a) - key(b);
      return up ? found : -found;
    };
    body.append(...[...body.rows].sort(order));
  }));
}

// prices -----------------------------------------------------------------------------------------

const COLORS = ["#808080", "#E69F00", "#56B4E9", "#009E73", "#CC79A7", "#0072B2"];

function interval(values, t) {
  const found = values.filter(x => x !== null && !Number.isNaN(x)), n = found.length;
  if (!n) return [NaN, NaN, NaN];
  const mean = found.reduce((a, b) => a + b, 0) / n;
  if (n < 2) return [mean, NaN, NaN];
  const squares = found.reduce((a, b) => a + (b - mean) ** 2, 0);
  const half = t[n] * Math.sqrt(squares / (n - 1) / n);
  return [mean, mean - half, mean + half];
}

function priced(data, prices, floor) {
  const sum = (s, wanted) => s.seeds.map((_, k) => prices.reduce((all, p, i) =>
    all + (wanted(data.terms[i]) ? p * s.counts[i][k] : 0), 0));
  const error = data.terms.findIndex(term => term.key === "error");
  return data.strategies.map(s => {
    const totals = sum(s, () => true), shared = s.seeds.map(seed => data.common.includes(seed));
    const only = values => values.filter((_, k) => shared[k]);
    return { ...s, totals, total: interval(totals, data.t),
      common: interval(only(totals), data.t),
      mean: s.counts.map(counts => interval(only(counts), data.t)[0]),
      upkeep: interval(sum(s, term => !term.error), data.t),
      money: error < 0 ? null
        : interval(s.opportunity.map(x => x === null ? null : x * prices[error]), data.t),
      eligible: floor === null || (s.score !== null && s.score >= floor - 1e-9) };
  });
}

const byCost = rows => [...rows].sort((a, b) => a.total[0] - b.total[0]);

function difference(a, b, t, among = null) { // paired by seed
  return interval(a.seeds.map((seed, k) => {
    const other = b.seeds.indexOf(seed);
    return other < 0 || (among && !among.includes(seed)) ? null : a.totals[k] - b.totals[other];
  }), t);
}

// the recommendation, in the words of clsim.analysis.choice.choose ---------------------------------------

function told(x) { // four digits
  const size = Math.abs(x);
  if (size < 1e-12) return "0";
  if (size >= 1000) return (x < 0 ? "-" : "") + rounded(size).toLocaleString("en-US");
  if (size < 1e-4) {
    const [digits, power] = x.toExponential(3).split("e-");
    return `${Number(digits)}e-${power.padStart(2, "0")}`;
  }
  return String(Number(x.toPrecision(4)));
}

function toldInterval([mean, low, high], unit = "") {
  const bounds = Number.isNaN(low) ? "" : ` (95% interval ${told(low)} to ${told(high)})`;
  return told(mean) + unit + bounds;
}

const minus = ([mean, low, high]) => [-mean, -high, -low];

function choice(data, rows) {
  const cost = row => Number(row.common[0].toFixed(12));
  const before = (a, b) => cost(a) - cost(b) || a.trained - b.trained;
  const eligible = rows.filter(row => row.eligible);
  if (eligible.length) return eligible.reduce((a, b) => before(b, a) < 0 ? b : a);
  return rows.reduce((a, b) => (b.score ?? -Infinity) > (a.score ?? -Infinity) ? b : a);
}

function overturns(data, rows, chosen, prices, floor) {
  const found = [], others = rows.filter(row => row.eligible && row !== chosen);
  data.terms.forEach((term, i) => {
    if (term.fixed) return;
    for (const up of [true, false]) {
      const now = prices[i], crossings = [];
      for (const other of others) {
        const less = chosen.mean[i] - other.mean[i];
        if (Math.abs(less) <= 1e-12 * Math.max(1, Math.abs(chosen.mean[i]))) continue;
        if (less > 0 !== up) continue;
        const at = now + (other.common[0] - chosen.common[0]) / less;
        if (up || at > 1e-12 * now) crossings.push({ key: term.key, up, now, at, less, other });
      }
      crossings.sort((a, b) => Math.abs(a.at - now) - Math.abs(b.at - now)
        || Math.abs(b.less) - Math.abs(a.less) || a.at - b.at
        || (a.other.name < b.other.name ? -1 : 1));
      if (crossings.length) found.push(crossings[0]);
    }
  });
  if (floor === null) return found;
  const least = (all, value) => all.reduce((a, b) => value(b) < value(a) ? b : a);
  const above = rows.filter(row => row.score > chosen.score);
  found.push({ key: "floor", up: true, now: floor, at: chosen.score,
    other: above.length ? least(above, row => row.common[0]) : null });
  const cheaper = rows.filter(row => !row.eligible && row.score !== null
    && row.common[0] < chosen.common[0]);
  if (cheaper.length) {
    const other = least(cheaper, row => -row.score);
    found.push({ key: "floor", up: false, now: floor, at: other.score, other });
  }
  return found;
}

function fragile(turns) {
  if (!turns.length) return "no change of a single price would overturn it";
  const factor = turn => {
    const low = Math.min(turn.now, turn.at), high = Math.max(turn.now, turn.at);
    return low > 0 ? Number((high / low).toFixed(9)) : Infinity;
  };
  const turn = turns.reduce((a, b) => factor(b) < factor(a) ? b : a);
  const what = turn.key === "floor" ? "a floor" : `a price '${turn.key}'`;
  return `${what} ${turn.up ? "above" : "below"} ${told(turn.at)} (now ${told(turn.now)}) would `
    + `overturn it ${turn.other ? `to '${turn.other.name}'` : "and leave no strategy"}`;
}

function listed(names) {
  const quoted = names.map(name => `'${name}'`);
  if (quoted.length > 4) quoted.splice(3, quoted.length - 3, `${quoted.length - 3} others`);
  const last = quoted.pop();
  return quoted.length ? `${quoted.join(", ")} and ${last}` : last;
}

function sentences(data, rows, prices, floor) {
  const money = ` ${data.currency}`, chosen = choice(data, rows);
  if (!rows.some(row => row.eligible)) {
    return `No strategy reaches a mean score of ${told(floor)}. The nearest is '${chosen.name}', `
      + `${told(floor - chosen.score)} below it.`;
  }
  const named = name => rows.find(row => row.name === name);
  const apart = (a, b) => difference(a, b, data.t, data.common);
  const reference = named(data.reference), cost = chosen.common[0];
  const whole = `${told(cost)}${money} for the whole replay`;
  let never = "";
  if (data.never !== null && data.never !== chosen.name && data.never !== reference.name) {
    const saved = apart(named(data.never), chosen);
    never = saved[0] < 0 ? `, and loses ${toldInterval(minus(saved))}`
      : `, and saves ${toldInterval(saved)}`;
    never += ` against '${data.never}'`;
  }
  let advice;
  if (chosen === reference) {
    advice = `Keep '${chosen.name}', the reference: it is the cheapest, with ${whole}${never}.`;
  } else {
    const saved = apart(reference, chosen), share = Math.abs(saved[0]) / (cost + saved[0]);
    const unit = money + (Number.isFinite(share) ? ` or ${rounded(100 * share)}%` : "");
    advice = saved[0] < 0
      ? `Use '${chosen.name}', the cheapest that meets the floor: it costs ${whole}, `
        + `${toldInterval(minus(saved), unit)} more than '${reference.name}'${never}.`
      : `Use '${chosen.name}': it costs ${whole} and saves ${toldInterval(saved, unit)} against `
        + `'${reference.name}'${never}.`;
  }
  const next = rows.filter(row => row.eligible && row !== chosen)
    .map(row => ({ name: row.name, more: apart(row, chosen) }))
    .sort((a, b) => a.more[0] - b.more[0]);
  const ties = next.filter(other => !(other.more[1] > 0)), seeds = data.common.length;
  const all = `${seeds} seeds`
    + (data.one_draw ? " of the learner, on one and the same stream," : "");
  let doubts;
  if (!next.length) {
    doubts = floor !== null ? "No other strategy meets the floor"
      : "There is no other strategy to compare it with";
  } else if (seeds === 1) {
    doubts = `With one seed nothing says how sure that is; the next, '${next[0].name}', costs `
      + `${told(next[0].more[0])} more`;
  } else if (ties.length) {
    doubts = `${all} do not tell it apart from ${listed(ties.map(other => other.name))}`;
  } else {
    doubts = `${all} tell it apart from every other`;
  }
  return `${advice} ${doubts}; ${fragile(overturns(data, rows, chosen, prices, floor))}.`;
}

// what is drawn ----------------------------------------------------------------------------------

function drawBars(place, data, rows, prices) {
  const chosen = choice(data, rows), most = Math.max(...rows.map(row => row.total[0]), 1e-12);
  const color = i => COLORS[i % COLORS.length];
  const bars = byCost(rows).map(row => {
    const parts = prices.map((price, i) => {
      const mean = price * row.counts[i].reduce((a, b) => a + b, 0) / row.seeds.length;
      return html`<i style="width:${100 * mean / most}%;background:${color(i)}"></i>`;
    });
    const mark = row === chosen ? "chosen" : row.eligible ? "" : "below";
    return html`<div class="${mark}"><span>${row.name}</span><b>${parts}</b><em>${
      amount(row.total[0])}</em></div>`;
  });
  const legend = data.terms.map((term, i) => html`${i ? html` &nbsp; ` : ""}<i style="background:${
    color(i)}"></i> ${term.label}`);
  const faint = rows.some(row => !row.eligible) ? html` &nbsp; faint: under the floor` : "";
  fill(place, html`${bars}<p>${legend}${faint}</p>`);
}

function lines(rows, prices, at) { // total cost at price x, as the choice reckons it
  return rows.map(row => {
    const level = row.mean.reduce((all, q, i) => all + (i === at ? 0 : prices[i] * q), 0);
    return { row, level, slope: row.mean[at] };
  });
}

function switches(found, most) { // the cheapest from 0 on, and from which price
  let now = found.reduce((a, b) => b.level < a.level
    || (b.level === a.level && b.slope < a.slope) ? b : a);
  const steps = [{ from: 0, line: now }];
  for (;;) {
    let next = null, where = most;
    for (const other of found) {
      if (other.slope >= now.slope) continue;
      const x = (other.level - now.level) / (now.slope - other.slope);
      if (x < where || (x === where && next && other.slope < next.slope)) [next, where] = [other, x];
    }
    if (!next) return steps;
    steps.push({ from: where, line: next });
    now = next;
  }
}

function nice(most, count) { // round tick values from 0
  const raw = most / count, unit = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map(k => k * unit).find(s => s >= raw);
  const ticks = [];
  for (let x = 0; x <= most * (1 + 1e-9); x += step) ticks.push(x);
  return ticks;
}

function drawCurve(place, note, data, rows, prices, at) {
  const width = Math.max(place.clientWidth, 260), height = 230;
  const left = 58, right = width - 10, top = 12, bottom = height - 42;
  const most = Math.max(data.terms[at].max, prices[at] * 1.1), here = prices[at];
  const eligible = rows.filter(row => row.eligible);
  const found = lines(rows, prices, at);
  const steps = switches(found.filter(l => !eligible.length || l.row.eligible), most);
  const value = (line, x) => line.level + x * line.slope;
  const last = steps[steps.length - 1].line;
  const highest = Math.max(...steps.map(s => value(s.line, s.from)), value(last, most), 1e-12) * 1.6;
  const X = x => left + (right - left) * x / most, Y = y => bottom - (bottom - top) * y / highest;
  const line = (l, a, b, kind) => html`<line class="${kind}" x1="${X(a)}" y1="${Y(value(l, a))}"
    x2="${X(b)}" y2="${Y(value(l, b))}"/>`;
  const id = `clip${data.currency.length}-${Math.random().toString(36).slice(2)}`;
  const drawn = found.map(l => line(l, 0, most, "any"));
  steps.forEach((s, k) => drawn.push(line(s.line, s.from, steps[k + 1]?.from ?? most, "best")));
  const now = steps.filter(s => s.from <= here).pop().line;
  const axes = nice(most, Math.max(2, Math.floor(width / 110))).map(x =>
    html`<text x="${X(x)}" y="${bottom + 16}" text-anchor="middle">${amount(x)}</text>`);
  axes.push(...nice(highest, 5).map(y =>
    html`<text x="${left - 6}" y="${Y(y) + 4}" text-anchor="end">${amount(y)}</text>`));
  fill(place, html`<svg width="${width}" height="${height}" role="img"
    aria-label="total cost against the price of ${data.terms[at].key}">
    <clipPath id="${id}"><rect x="${left}" y="${top - 4}" width="${right - left}"
    height="${bottom - top + 4}"/></clipPath>
    <line class="axis" x1="${left}" y1="${bottom}" x2="${right}" y2="${bottom}"/>
    <line class="axis" x1="${left}" y1="${top}" x2="${left}" y2="${bottom}"/>${axes}
    <text x="${(left + right) / 2}" y="${height - 6}" text-anchor="middle">${
      data.currency} per ${data.terms[at].unit}</text>
    <g clip-path="url(#${id})">${drawn}
    <line class="here" x1="${X(here)}" y1="${top}" x2="${X(here)}" y2="${bottom}"/>
    <circle cx="${X(here)}" cy="${Y(value(now, here))}" r="4.5"/></g></svg>`);
  note.textContent = "Total cost (" + data.currency + ") of each strategy; thick: the cheapest. "
    + steps.map((s, k) => k + 1 < steps.length
      ? `${s.line.row.name} up to ${amount(steps[k + 1].from)}`
      : `${s.line.row.name}${k ? " above" : " at every price shown"}`).join(", ") + ".";
}

function fillTable(table, data, rows) {
  const reference = rows.find(row => row.name === data.reference), cheapest = byCost(rows)[0];
  const best = rows.reduce((a, b) =>
    (b.score_all ?? -Infinity) > (a.score_all ?? -Infinity) ? b : a);
  const put = (cell, [mean, low, high]) => {
    if (!cell) return;
    cell.dataset.v = Number.isNaN(mean) ? "" : mean;
    const bounds = low < high ? html`<br><small>${amount(low)} to ${amount(high)}</small>` : "";
    fill(cell, [amount(mean), bounds]);
  };
  for (const tr of table.tBodies[0].rows) {
    const row = rows.find(r => r.name === tr.cells[0].dataset.v);
    const cell = key => tr.querySelector(`[data-q=${key}]`);
    put(cell("total"), row.total);
    put(cell("upkeep"), row.upkeep);
    if (row.money) put(cell("opportunity_money"), row.money);
    if (row.opportunity.some(x => x !== null))
      put(cell("total_difference"), difference(row, reference, data.t));
    const beaten = rows.some(o => o.score_all !== null && o.upkeep[0] <= row.upkeep[0]
      && o.score_all >= row.score_all
      && (o.upkeep[0] < row.upkeep[0] || o.score_all > row.score_all));
    const pareto = row.score_all !== null && !beaten, yes = cell("pareto");
    yes.dataset.v = pareto ? "1" : "0";
    yes.textContent = pareto ? "yes" : MISSING;
    const badges = [row === reference && "reference", row === cheapest && "cheapest in total",
      row === best && row.score_all !== null && "best score"].filter(Boolean).join(", ");
    fill(tr.cells[0], [row.name, badges && html` <small>${badges}</small>`]);
  }
}

for (const root of document.querySelectorAll(".pricing")) {
  const data = JSON.parse(root.querySelector("script").textContent);
  const section = root.dataset.section;
  const ours = kind => [...document.querySelectorAll(kind)]
    .find(element => element.dataset.section === section);
  const verdict = ours(".verdict"), answers = ours(".answers"), table = ours("table.sortable");
  const select = root.querySelector("select");
  const sliders = [...root.querySelectorAll("[data-term]")].map(label => ({
    at: Number(label.dataset.term), range: label.querySelector("[type=range]"),
    number: label.querySelector("[type=number]") }));
  const floorInput = root.querySelector("[data-key=floor] input");
  const given = data.terms.map(term => term.price);
  const prices = [...given];
  const floor = () => {
    const text = floorInput ? floorInput.value : data.floor ?? "";
    return text === "" ? null : Number(text);
  };
  const slide = () => sliders.forEach(({ at, range }) => {
    range.value = Math.cbrt(Math.min(prices[at] / data.terms[at].max, 1));
  });
  const show = all => {
    const rows = priced(data, prices, floor());
    drawBars(root.querySelector(".bars"), data, rows, prices);
    drawCurve(root.querySelector(".curve"), root.querySelector(".switches"), data, rows, prices,
      Number(select.value));
    if (!all) return;
    const moved = floor() !== (data.floor ?? null) || prices.some((p, i) => p !== given[i]);
    verdict.hidden = !moved;
    answers.hidden = moved;
    verdict.textContent = sentences(data, rows, prices, floor());
    fillTable(table, data, rows);
  };
  sliders.forEach(({ at, range, number }) => {
    range.addEventListener("input", () => {
      prices[at] = Number((range.value ** 3 * data.terms[at].max).toPrecision(3));
      number.value = prices[at];
      show(true);
    });
    number.addEventListener("input", () => {
      const value = Number(number.value);
      if (number.value === "" || !(value >= 0)) return;
      prices[at] = value;
      slide();
      show(true);
    });
  });
  floorInput?.addEventListener("input", () => show(true));
  select.addEventListener("change", () => show(false));
  root.querySelector(".reset").addEventListener("click", () => {
    given.forEach((price, i) => { prices[i] = price; });
    sliders.forEach(({ at, number }) => { number.value = prices[at]; });
    if (floorInput) floorInput.value = data.floor ?? "";
    slide();
    show(true);
  });
  addEventListener("resize", () => show(false));
  slide();
  show(false);
}
