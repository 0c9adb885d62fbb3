// the four answers, in the words of clsim.analysis.choice.aloud -----------------------------------

function words(data) { // money, and names
  const inUnit = x => amount(data.unit ? x * data.factor : x);
  const rate = x => `${inUnit(x)} ${data.currency} ${data.unit || "in all"}`;
  return { inUnit, rate,
    both: x => data.unit ? `${rate(x)} (${amount(x)} for the whole replay)`
      : `${amount(x)} ${data.currency} for the whole replay`,
    per: data.unit || "for the whole replay",
    who: row => row.name === data.today ? "what you do today" : `'${row.name}'`,
    apart: low => low > 0 ? "the two are told apart" : "the two are not told apart" };
}

const retrainings = count => `${amount(count)} retraining${count === 1 ? "" : "s"}`;

function howOften(data, prices, floor, chosen) {
  const { both } = words(data), name = `'${chosen.name}'`, count = data.strategies.length;
  const lead = chosen.name === data.today ? `Keep what you do today (${name})`
    : chosen.rule ? `No model at all (${name})`
    : chosen.every !== null ? `Every ${chosen.every} (${name})`
    : chosen.trained === 0 ? `Never (${name})`
    : `When ${name} calls for it (${retrainings(chosen.trained)} in the replay${
      Number.isInteger(chosen.trained) ? "" : ", on average"})`;
  const of = floor !== null ? `of the strategies whose score reaches ${amount(floor)} it costs the least`
    : `of ${count} strategies it costs the least`;
  return `${lead}: ${of}, ${both(chosen.common[0])}. ${otherCalendar(data, prices, chosen)}`;
}

function otherCalendar(data, prices, chosen) {
  const found = calendar(data, prices, chosen), { inUnit, rate, per, apart } = words(data);
  if (typeof found === "string") {
    return `Whether another calendar would be cheaper is not known: ${found}.`;
  }
  const every = `every ${found.text}`, looked = `the ${found.together} calendars that hindsight knows`;
  if (found.listed === chosen.name) return `Of ${looked}, it is the cheapest too.`;
  const where = found.listed === null ? "which you did not list" : `which is '${found.listed}'`;
  const { mean, low, high, over, reason } = found.more, less = mean < 0, size = Math.abs(mean);
  const sampled = found.sampled ? ", estimated from a sample of the events" : "";
  const whole = data.unit ? `${amount(size)} for the whole replay${sampled}` : sampled.slice(2);
  const much = `cost ${rate(size)} ${less ? "less" : "more"} than '${chosen.name}'`
    + (whole ? ` (${whole})` : "");
  const starts = "on average over its possible starts,";
  const lead = less
    ? `Of ${looked}, ${every}, ${where}, would be the cheapest: ${starts} it would ${much}.`
    : `None of ${looked} would be cheaper: the closest, ${every}, ${where}, would, ${starts} `
      + `${much}.`;
  if (reason !== null) {
    return `${lead} How sure that is cannot be said: there is no interval over blocks of this one `
      + `stream (${reason}).`;
  }
  const [from, to] = less ? [-high, -low] : [low, high];
  return `${lead} That difference lies between ${inUnit(from)} and ${inUnit(to)} ${data.currency} `
    + `${per} (${over}, since the cheapest of them was picked on these very events): `
    + `${apart(from)}.`;
}

function compared(data, rows, prices, chosen) { // with the reference, never and the next best
  const named = name => rows.find(row => row.name === name);
  const against = row => ({ row, ...apart(data, prices, row, chosen) });
  const reference = data.reference === chosen.name ? null : against(named(data.reference));
  const never = data.never === null || data.never === chosen.name || data.never === data.reference
    ? null : against(named(data.never));
  const [next] = rows.filter(row => row.eligible && row !== chosen).map(against)
    .sort((a, b) => a.mean - b.mean);
  return { reference, never, next };
}

function saves(data, chosen, { reference, never }) {
  const { both, who } = words(data), said = [];
  const sentence = ({ row, mean }) => mean >= 0
    ? `It saves ${both(mean)} against ${who(row)}.`
    : `It costs ${both(-mean)} more than ${who(row)}.`;
  said.push(reference !== null ? sentence(reference)
    : data.reference === data.today
    ? "Nothing against what you do today: it is what you do today."
    : `Nothing against '${data.reference}', the reference: it is the choice.`);
  if (never !== null) said.push(sentence(never));
  else if (data.never === null) {
    said.push("What it saves against never retraining is not known: no strategy never retrains.");
  }
  if (data.today === null) {
    said.push("What it saves against what you do today is known only if that is one of these "
      + "strategies; none is marked as what production answered (as_served).");
  } else if (data.today !== data.reference && data.today !== chosen.name) {
    said.push(`What you do today is '${data.today}', which is not the reference.`);
  }
  return said.join(" ");
}

function howSure(data, { reference, never, next }) {
  const { inUnit, rate, per, who, apart } = words(data);
  const against = [reference, never].filter(found => found !== null);
  const said = against.map(({ row, low, high, over, reason }) => {
    if (reason !== null) {
      return `How sure the saving against ${who(row)} is cannot be said: there is no interval over `
        + `blocks of this one stream (${reason}).`;
    }
    const whole = data.unit ? `; ${amount(low)} and ${amount(high)} for the whole replay` : "";
    const seeds = data.one_draw && data.common.length > 1
      ? "; the seeds are the learner's alone" : "";
    const doubt = low <= 0 && high >= 0 ? ": it is not certain to save anything" : "";
    return `The saving against ${who(row)} lies between ${inUnit(low)} and ${inUnit(high)} `
      + `${data.currency} ${per} (${over}${whole}${seeds})${doubt}.`;
  });
  if (!next) said.push("There is no other strategy that could be chosen.");
  else if (next.reason !== null) {
    said.push(`The next best, ${who(next.row)}, costs ${rate(next.mean)} more; nothing says how `
      + "sure that is.");
  } else if (against.some(found => found.row === next.row)) {
    said.push(`The next best is ${who(next.row)}: ${apart(next.low)}.`);
  } else {
    said.push(`The next best, ${who(next.row)}, costs ${rate(next.mean)} more `
      + `(${inUnit(next.low)} to ${inUnit(next.high)}): ${apart(next.low)}.`);
  }
  return said.join(" ");
}

function whatChanges(data, rows, prices, floor, chosen) {
  const factor = ({ now, at }) => {
    const low = Math.min(now, at), high = Math.max(now, at);
    return low > 0 ? Number((high / low).toFixed(9)) : Infinity;
  };
  const turns = overturns(data, rows, chosen, prices, floor).filter(turn => turn.at !== null);
  turns.sort((a, b) => factor(a) === factor(b) ? 0 : factor(a) - factor(b));
  const nearest = turns.filter((turn, k) => turns.findIndex(o => o.key === turn.key) === k);
  const said = nearest.slice(0, 2).map(({ key, term, up, now, at, other }) => {
    if (key === "floor") {
      const then = other ? `'${other.name}' would be the choice` : "no strategy would meet it";
      return `If the least score allowed were ${up ? "above" : "below"} ${amount(at)} (now `
        + `${amount(now)}), ${then}.`;
    }
    return `If ${term.one} cost ${up ? "more" : "less"} than ${amount(at)} ${data.currency} (now `
      + `${amount(now)}), '${other.name}' would be the cheapest.`;
  });
  if (!said.length) said.push("No change of a single price would change the choice.");
  return [...said, ...automation(data, rows, prices, chosen)].join(" ");
}

function automation(data, rows, prices, chosen) {
  const found = automated(data, rows, prices, chosen), { both, rate } = words(data);
  if (found === null) return [];
  if (typeof found === "string") return [`Whether automation pays is not known: ${found}.`];
  const lead = `Automation costs ${both(found.price)}`;
  if (Number.isNaN(found.from)) {
    return [`${lead}; from how many retrainings it pays is not known, since there is no price of a `
      + "retraining by hand."];
  }
  const yearly = data.timed ? `, or ${amount(found.from * data.factor)} a year` : "";
  const pays = `${lead} and pays from ${retrainings(Math.ceil(found.from))} in the replay${yearly}`
    + `; '${chosen.name}' has ${amount(chosen.trained)}`;
  if (!found.pays) return [`${pays}, and by hand stays the cheaper.`];
  return [`${pays}. With automation, '${found.best.name}' would be the choice, and cost `
    + `${rate(found.hand - found.cost)} less than '${chosen.name}' does by hand.`];
}

function warning(data, rows, prices, chosen) { // who loses by the choice; empty if nobody surely
  const { inUnit, rate } = words(data);
  if (data.slices.length && typeof data.blocks?.drawn === "string") {
    return `Which slices lose by the choice is not known at these prices: ${data.blocks.drawn}.`;
  }
  const lost = losers(data, rows, prices, chosen);
  if (!lost.length) return "";
  const said = lost.slice(0, 3).map(({ slice, row, more }) =>
    `on ${slice.name} (${slice.share} of the events), '${chosen.name}' costs ${rate(more.mean)} `
    + `more than '${row.name}' (${inUnit(more.low)} to ${inUnit(more.high)})`);
  const others = lost.length > 3 ? `; and so it is on ${lost.length - 3} more` : "";
  return `The whole hides who loses: ${said.join("; ")}${others}. Each event bears the same share `
    + "of the upkeep; the intervals of all slices and strategies hold together at 95%.";
}

const QUESTIONS = ["How often to retrain?", "What does it save?", "How sure is that?",
  "What would change it?"];

function answered(data, prices, floor) { // questions with answers, and the warning
  const rows = priced(data, prices, floor), chosen = choice(data, rows);
  if (!rows.some(row => row.eligible)) {
    return { warning: "", said: [[QUESTIONS[0], `No strategy reaches a mean score of `
      + `${amount(floor)}. The nearest is '${chosen.name}', ${amount(floor - chosen.score)} below it.`]] };
  }
  const against = compared(data, rows, prices, chosen);
  const said = [howOften(data, prices, floor, chosen), saves(data, chosen, against),
    howSure(data, against), whatChanges(data, rows, prices, floor, chosen)];
  return { warning: warning(data, rows, prices, chosen),
    said: said.map((text, k) => [QUESTIONS[k], text]) };
}
