// what is folded ----------------------------------------------------------------------------------

function unfold(element) { // so that it can be seen
  for (let at = element; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
}

function follow() { // to where the address leads
  const place = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!place) return;
  unfold(place);
  place.scrollIntoView();
}

function whenSeen(element, act) { // once, when nothing around it is folded
  const folded = element.parentElement.closest("details:not([open])");
  if (folded) folded.addEventListener("toggle", () => whenSeen(element, act), { once: true });
  else act();
}

addEventListener("hashchange", follow);
document.querySelector("main").addEventListener("click", event => { // also if it led there before
  const link = event.target.closest("a[href^='#']");
  if (link && link.hash === location.hash) follow();
});

let folded = []; // what was opened to be printed

addEventListener("beforeprint", () => {
  const every = [...document.querySelectorAll("details")];
  folded = every.map(one => [one, one.open, one.name]);
  every.forEach(one => { one.name = ""; one.open = true; });
});

addEventListener("afterprint", () => {
  folded.forEach(([one, open, name]) => { one.open = open; one.name = name; });
});

follow();
