// Looks at the page as a visitor does, and tells the page around it what it found, as JSON. A window of Chromium without a
// screen is never narrower than 500 px, and a frame can be.
addEventListener("load", () => {
  const found = { width: innerWidth, broken: [], wide: [], unsorted: [], tables: 0, outside: [], hrefs: [] };
  for (const link of document.querySelectorAll("a[href]")) {
    const href = link.getAttribute("href");
    if (!href.startsWith("#")) found.hrefs.push(href);
    else if (!document.getElementById(decodeURIComponent(href.slice(1)))) found.broken.push(href);
  }
  for (const item of document.querySelectorAll("[src], link[href]")) {
    found.outside.push(item.getAttribute("src") ?? item.getAttribute("href"));
  }
  for (const details of document.querySelectorAll("details")) details.open = true;
  const scrolls = (item) => {
    for (let at = item; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      // What is clipped away whole is there for those who listen to the page.
      if (["auto", "scroll"].includes(style.overflowX) || style.clipPath !== "none") return true;
    }
    return false;
  };
  // Text may be wider than the window only in what can be scrolled sideways.
  for (const item of document.body.querySelectorAll("*")) {
    const box = item.getBoundingClientRect();
    if (box.width > 0 && box.right > innerWidth + 1 && !scrolls(item) && !item.closest("svg")) {
      found.wide.push(`${item.tagName} ${item.className} ${Math.round(box.right)}: ${item.textContent.trim().slice(0, 60)}`);
    }
  }
  if (document.documentElement.scrollWidth > innerWidth + 1) found.wide.push(`page ${document.documentElement.scrollWidth}`);
  for (const table of document.querySelectorAll("figure.table table")) {
    const rows = () => [...table.tBodies[0].rows];
    const button = table.querySelector("thead th button");
    if (!button) { found.unsorted.push(table.textContent.slice(0, 60)); continue; }
    found.tables += 1;
    const before = rows().length;
    button.focus();
    if (document.activeElement !== button) found.unsorted.push("a heading takes no focus");
    button.click();
    const [first, rising] = [rows().map((row) => row.cells[0].textContent), button.closest("th").getAttribute("aria-sort")];
    button.click();
    const last = rows().map((row) => row.cells[0].textContent);
    const falling = button.closest("th").getAttribute("aria-sort");
    const turned = first.join("\n") === last.reverse().join("\n");
    if (rising !== "ascending" || falling !== "descending" || !turned || rows().length !== before) {
      found.unsorted.push(table.textContent.slice(0, 60));
    }
  }
  parent.postMessage(JSON.stringify(found), "*");
});
