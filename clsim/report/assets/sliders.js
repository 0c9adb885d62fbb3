// what is drawn ----------------------------------------------------------------------------------

const COLORS = ["#808080", "#E69F00", "#56B4E9", "#009E73", "#CC79A7", "#0072B2", "#D55E00",
  "#F0E442", "#882255"];

function drawBars(place, data, rows, prices) {
  const chosen = choice(data, rows), most = Math.max(...rows.map(row => row.total[0]), 1e-12);
  const color = i => COLORS[i % COLORS.length];
  const bars = byCost(rows).map(row => {
    const parts = prices.map((price, i) => {
      const mean = price * row.counts[i].reduce((a, b) => a + b, 0) / row.seeds.length;
      return html`<i style="width:${100 * mean / most}%;background:${color(i)}"></i>`;
    });
    const mark = row === chosen ? "chosen" : row.eligible ? "" : "below";
    return html`<div class="${mark}"><span>${row.name}</span><b aria-hidden="true">${parts}</b><em>${
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
  const left = 58, right = width - 24, top = 12, bottom = height - 42;
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
    aria-label="total cost against the price of one ${data.terms[at].unit}">
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

function toHtml({ said, warning }) {
  const asked = said.map(([question, answer]) => html`<dt>${question}</dt><dd>${answer}</dd>`);
  return html`<p class="moved">At the prices that you moved to below:</p><dl>${asked}</dl>${
    warning && html`<p class="loses">${warning}</p>`}`;
}

function slidersOf(root) {
  const data = JSON.parse(root.querySelector("script").textContent);
  const section = root.dataset.section;
  const ours = kind => [...document.querySelectorAll(kind)]
    .find(element => element.dataset.section === section);
  const answers = ours(".answers"), table = ours("table.sortable");
  const report = answers.innerHTML; // what Python said
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
    if (moved) fill(answers, toHtml(answered(data, prices, floor())));
    else answers.innerHTML = report;
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

document.querySelectorAll(".pricing").forEach(root => whenSeen(root, () => slidersOf(root)));
