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

function counted(x) { // a number of things
  if (Number.isInteger(x) || x >= 100) return rounded(x).toLocaleString("en-US");
  const [whole, part] = x.toFixed(60).split(".");
  return exactly(whole + part, whole.length + 1) === 0 ? `${whole}.${part[0]}` : x.toFixed(1);
}

function told(x) { // four digits
  const size = Math.abs(x);
  if (size < 1e-12) return "0";
  if (size >= 1000) return (x < 0 ? "-" : "") + rounded(size).toLocaleString("en-US");
  const short = significant(x, 4);
  if (size < 1e-4) {
    const [digits, power] = short.toExponential(3).split("e-");
    return `${Number(digits)}e-${power.padStart(2, "0")}`;
  }
  return String(short);
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
