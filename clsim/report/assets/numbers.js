"use strict";

// numbers as Python writes them ------------------------------------------------------------------

const MINUS = "\u2212", MISSING = "\u2013";

function rounded(x) { // half to even
  const r = Math.round(x);
  return Math.abs(x % 1) === 0.5 && r % 2 ? r - 1 : r;
}

function exactly(digits, cut) { // half to even, as Python rounds: Infinity where it is no tie
  const tail = digits.slice(cut);
  return /^50*$/.test(tail) ? Number(digits[cut - 1]) % 2 : Infinity;
}

function significant(x, count) { // so many digits
  const [mantissa, power] = x.toExponential(60).split("e");
  const digits = mantissa.replace("-", "").replace(".", "");
  if (exactly(digits, count) !== 0) return Number(x.toPrecision(count));
  return Number(`${x < 0 ? "-" : ""}${digits[0]}.${digits.slice(1, count)}e${power}`);
}

function amount(x) { // four digits, whole from 1,000 on, as clsim.rounding.amount
  if (x === null || Number.isNaN(x)) return MISSING;
  const size = Math.abs(x), sign = x < 0 ? MINUS : "";
  if (size < 1e-12) return "0";
  const short = size < 1000 ? significant(size, 4) : size;
  if (short >= 1000 || Number.isInteger(short)) {
    return sign + rounded(short).toLocaleString("en-US");
  }
  if (short >= 1e-4) return sign + short;
  const [digits, power] = short.toExponential(3).split("e-");
  return `${sign}${Number(digits)}e-${power.padStart(2, "0")}`;
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
