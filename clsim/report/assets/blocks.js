// moving blocks of ticks, as in clsim.analysis.compare.blocks --------------------------------------

function blockLength(values) { // the rule of clsim.statistics.intervals.block_length
  const size = values.length, middle = average(values), x = values.map(value => value - middle);
  if (size < 3 || x.every(value => value === 0)) return 1;
  const longest = Math.min(3 * Math.sqrt(size), size / 3);
  const run = Math.max(5, Math.ceil(Math.sqrt(Math.log10(size))));
  const furthest = Math.min(Math.ceil(Math.sqrt(size)) + run, size - 1);
  const covariance = Array.from({ length: furthest + 1 }, (_, lag) => {
    let found = 0;
    for (let i = lag; i < size; i += 1) found += x[i - lag] * x[i];
    return found / size;
  });
  const most = 2 * Math.sqrt(Math.log10(size) / size);
  const small = covariance.slice(1).map(value => Math.abs(value / covariance[0]) < most);
  let last = small.findIndex((_, m) => m + run <= small.length
    && small.slice(m, m + run).every(Boolean));
  if (last < 0) last = small.lastIndexOf(false) + 1;
  const window = Math.min(2 * Math.max(last, 1), furthest);
  let [spread, weighted] = [covariance[0], 0];
  for (let lag = 1; lag <= window; lag += 1) {
    const here = Math.min(1, 2 * (1 - lag / window)) * covariance[lag];
    spread += 2 * here;
    weighted += 2 * lag * here;
  }
  if (spread <= 0) return Math.ceil(longest);
  const length = (2 * weighted ** 2 / (4 / 3 * spread ** 2) * size) ** (1 / 3);
  return Math.ceil(Math.min(Math.max(length, 1), longest));
}

function redrawnWidth(drawn, scope, [i, j], pair, price) { // half width in money, block and why there is none
  const { n, lost, spread, factors } = drawn.scopes[scope], ticks = n.length;
  const cost = way => n.map((_, t) => price.reduce((all, p, k) => all + p * lost[way][k][t], 0));
  const a = cost(i), b = cost(j), gap = a.map((value, t) => value - b[t]);
  const sum = values => values.reduce((all, value) => all + value, 0);
  const largest = values => Math.max(...values.map(Math.abs));
  const rate = sum(gap) / sum(n), even = n.map(events => rate * events);
  const rest = gap.map((value, t) => value - even[t]);
  const block = Math.max(blockLength(rest), drawn.least), { same, rounded, ticks: few, blocks } = drawn;
  const alike = rest.every((value, t) =>
    Math.abs(value) <= same * largest(gap) + 1e-5 * Math.abs(even[t]));
  const reason = ticks < few ? `needs at least ${few} ticks, has ${ticks}`
    : largest(gap) <= rounded * Math.max(largest(a), largest(b)) ? "equal losses in every tick"
    : alike ? "the difference per event is the same in every tick"
    : ticks / block < blocks ? `needs at least ${blocks} blocks of ${block} ticks, within which `
      + `neighbours are alike, has ${ticks} ticks`
    : null;
  if (reason !== null) return [NaN, block, reason];
  const form = spread[pair][block - drawn.least];
  let variance = 0, at = 0;
  for (let k = 0; k < price.length; k += 1) {
    for (let l = 0; l <= k; l += 1, at += 1) {
      variance += (l < k ? 2 : 1) * price[k] * price[l] * form[at];
    }
  }
  return [factors[block - drawn.least] * Math.sqrt(Math.max(variance, 0)), block, null];
}
