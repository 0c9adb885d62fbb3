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
