// Tables are sorted by a column where its heading is pressed, by pointer or by key. Without this script they stand in the
// order of the report.
for (const heading of document.querySelectorAll("figure.table thead th")) {
  const button = document.createElement("button");
  button.type = "button";
  button.append(...heading.childNodes);
  heading.append(button);
  button.addEventListener("click", () => {
    const rising = heading.getAttribute("aria-sort") !== "ascending";
    for (const other of heading.parentNode.children) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", rising ? "ascending" : "descending");
    const body = heading.closest("table").tBodies[0];
    const place = heading.cellIndex;
    const value = (row) => {
      const cell = row.cells[place];
      return cell.dataset.value === undefined ? cell.textContent.trim() : Number(cell.dataset.value);
    };
    const order = (a, b) => {
      const [x, y] = [value(a), value(b)];
      if (typeof x === "number" && typeof y === "number") return x - y;
      // What has no number stands behind what has one.
      if (typeof x !== typeof y) return typeof x === "number" ? -1 : 1;
      return x.localeCompare(y, "en", { numeric: true });
    };
    const rows = [...body.rows].sort(order);
    if (!rising) rows.reverse();
    body.append(...rows);
  });
}
