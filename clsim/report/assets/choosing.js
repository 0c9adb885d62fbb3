// costs at given prices, and the choice, as in clsim.analysis.choice.choose -----------------------

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

function choice(data, rows) {
  const cost = row => Number(row.common[0].toFixed(12));
  const before = (a, b) => cost(a) - cost(b) || a.trained - b.trained;
  const eligible = rows.filter(row => row.eligible);
  if (eligible.length) return eligible.reduce((a, b) => before(b, a) < 0 ? b : a);
  return rows.reduce((a, b) => (b.score ?? -Infinity) > (a.score ?? -Infinity) ? b : a);
}

function overturns(data, rows, chosen, prices, floor) {
  const found = [], others = rows.filter(row => row.eligible && row !== chosen);
  const order = data.terms.map((_, i) => i); // of equal turns the first counts: as in Python
  if (data.by_class) order.sort((a, b) => data.terms[a].error - data.terms[b].error || a - b);
  order.forEach(i => {
    const term = data.terms[i];
    if (term.fixed) return;
    for (const up of [true, false]) {
      const now = prices[i], crossings = [];
      for (const other of others) {
        const less = chosen.mean[i] - other.mean[i];
        if (Math.abs(less) <= 1e-12 * Math.max(1, Math.abs(chosen.mean[i]))) continue;
        if (less > 0 !== up) continue;
        const at = now + (other.common[0] - chosen.common[0]) / less;
        if (up || at > 1e-12 * now) crossings.push({ key: term.key, term, up, now, at, less, other });
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

// how sure, as in clsim.analysis.choice.difference ------------------------------------------------

const NONE = { low: NaN, high: NaN };

function errorPrice(data, prices) {
  const at = data.terms.findIndex(term => term.key === "error");
  return at < 0 ? data.prices.error : prices[at];
}

function trainingPrice(data, prices, key) {
  const at = data.terms.findIndex(term => term.key === key);
  return at < 0 ? data.prices[key] : prices[at];
}

function overSeeds(values, t, together) {
  const [mean, low, high] = interval(values, { [values.length]: t });
  const wide = together > 1 ? `, wide enough for all ${together} together` : "";
  return { mean, low, high, reason: null,
    over: `95% interval over ${values.length} seeds${wide}` };
}

function overBlocks(mean, [half, block, reason], together) {
  if (reason !== null) return { ...NONE, mean, reason };
  const length = block === 1 ? "1 tick" : `${block} ticks`;
  const wide = together > 1 ? `, wide enough for all ${together} together` : "";
  return { mean, low: mean - half, high: mean + half, reason: null,
    over: `95% interval over moving blocks of ${length} of this one stream${wide}` };
}

function perLoss(data, prices, [half, block, why]) { // a width that is for one unit of loss
  const price = errorPrice(data, prices);
  return [price * half, block, price === 0 ? data.blocks.free : why];
}

function widthOf(data, prices, scope, a, b) { // of two strategies, by their places
  const [i, j] = a < b ? [a, b] : [b, a], n = data.strategies.length;
  const pair = i * (2 * n - i - 1) / 2 + j - i - 1, { scopes, drawn } = data.blocks;
  if (drawn === null) return perLoss(data, prices, scopes[scope][pair]);
  if (typeof drawn === "string") return [NaN, 0, drawn];
  const price = drawn.cells.map(key => prices[data.terms.findIndex(term => term.key === key)]);
  return redrawnWidth(drawn, scope, [i, j], pair, price);
}

const place = (data, row) => data.strategies.findIndex(s => s.name === row.name);

const average = values => values.reduce((a, b) => a + b, 0) / values.length;

const shared = (data, row) => // total costs of the seeds that every strategy has
  data.common.map(seed => row.totals[row.seeds.indexOf(seed)]);

function apart(data, prices, a, b) { // what a costs more than b
  const other = shared(data, b), values = shared(data, a).map((x, k) => x - other[k]);
  if (data.blocks === null) return overSeeds(values, data.t[values.length], 1);
  return overBlocks(average(values), widthOf(data, prices, "all", place(data, a), place(data, b)), 1);
}

// calendars, automation and slices, as in the modules of these names ------------------------------

function calendar(data, prices, chosen) { // the cheapest of all; a text: why nobody knows
  const known = data.calendars;
  if (typeof known === "string") return known;
  const of = key => trainingPrice(data, prices, key), error = errorPrice(data, prices);
  const trained = row => row.paid.map((paid, k) => (of("retraining") + of("by_hand")) * paid
    + (of("row") ? of("row") * row.rows[k] : 0));
  const cost = row => trained(row).map((x, k) => error * row.loss[k] + x);
  const means = known.rows.map(row => average(cost(row))), least = Math.min(...means);
  const best = means.findLastIndex(mean => mean <= least + 1e-9 * Math.abs(least));
  const row = known.rows[best];
  const more = known.seeds.map((seed, k) => {
    const at = chosen.seeds.indexOf(seed);
    const others = prices.reduce((all, p, i) => all
      + (data.terms[i].stays ? p * chosen.counts[i][at] : 0), 0);
    return cost(row)[k] + others - chosen.totals[at];
  });
  const together = known.rows.length, { text, listed } = row, { sampled } = known;
  return { text, listed, sampled, together, more: data.blocks === null
    ? overSeeds(more, known.t, together)
    : overBlocks(average(more), perLoss(data, prices, row.blocks[place(data, chosen)]),
        together) };
}

function automated(data, rows, prices, chosen) {
  if (data.automation === null || typeof data.automation === "string") return data.automation;
  const byHand = data.terms.findIndex(term => term.key === "by_hand");
  const without = rows.map(row => {
    const cost = row.common[0] - (byHand < 0 ? 0 : prices[byHand] * row.mean[byHand])
      + (row.trains ? data.automation : 0);
    return { ...row, common: [cost, NaN, NaN] };
  });
  const best = choice(data, without), hand = chosen.common[0];
  return { price: data.automation, best, hand, cost: best.common[0],
    from: byHand < 0 || !prices[byHand] ? NaN : data.automation / prices[byHand],
    pays: best.trains && best.common[0] < hand };
}

function losers(data, rows, prices, chosen) { // of each slice, who would surely serve it best
  const error = data.terms.map((_, i) => i).filter(i => data.terms[i].error);
  const upkeep = rows.map(row => data.common.map(seed => {
    const at = row.seeds.indexOf(seed);
    return prices.reduce((all, p, i) => all + (data.terms[i].error ? 0 : p * row.counts[i][at]), 0);
  }));
  const found = data.slices.flatMap(slice => {
    const costs = rows.map((_, s) => data.common.map((_, k) => upkeep[s][k] * slice.upkeep[s][k]
      + error.reduce((all, i, e) => all + prices[i] * slice.lost[s][e][k], 0)));
    const mine = place(data, chosen), sure = [];
    rows.forEach((row, s) => {
      if (row.name === chosen.name) return;
      const values = costs[mine].map((x, k) => x - costs[s][k]);
      const more = data.blocks === null ? overSeeds(values, data.slices_t, 1)
        : overBlocks(average(values), widthOf(data, prices, slice.name, mine, s), 1);
      if (more.low > 0) sure.push({ slice, row, more, cost: average(costs[s]) });
    });
    sure.sort((a, b) => a.cost - b.cost).sort((a, b) => b.more.mean - a.more.mean);
    return sure.slice(0, 1);
  });
  return found.sort((a, b) => b.more.mean - a.more.mean);
}
