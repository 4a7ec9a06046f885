// What a mail's own checks say, and how each of its words looks: what axe does not ask, since web pages are not laid out
// with tables and have an `html` that nobody takes off.
//
//   { checks: [{id, impact, nodes, html}], words: [[text, x, y, width, size, weight, colour, background]],
//     links: [href], guards: [{id, nodes, html}] }
//   words: every one that is seen, images shown as tiles. colour, background: [r, g, b]. guards: what a repair must not do.

import { asDocument } from "./document.mjs";

export default async function mail(stage, html, { fragment = false, width }) {
  await stage.show(asDocument(html, fragment), { images: "tile", width });
  await stage.notes(30);
  return stage.run(read);
}

/// Runs in the page.
function read() {
  const found = new Map();
  const say = (list, id, impact, element) => {
    const one = list.get(id) ?? { id, impact, nodes: 0, html: element?.outerHTML.slice(0, 200) ?? "" };
    one.nodes += 1;
    list.set(id, one);
  };
  const guards = new Map();
  const seen = (element) => element.checkVisibility({ checkVisibilityCSS: true, checkOpacity: true });
  const fold = (text) => text.replace(/\s+/g, " ").trim();
  const body = document.body;
  const tables = [...document.querySelectorAll("table")];
  const isData = (table) => {
    const rows = [...table.rows].filter((row) => seen(row) && fold(row.innerText));
    const columns = Math.max(0, ...rows.map((row) => [...row.cells].filter((cell) => fold(cell.innerText)).length));
    return rows.length > 1 && columns > 1 && !table.querySelector("table");
  };

  // Language and direction of what is shown, on something that survives where `html` and `body` go.
  const walker = document.createTreeWalker(body, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const parent = node.parentElement;
    if (fold(node.data) && parent && !["SCRIPT", "STYLE", "NOSCRIPT"].includes(parent.tagName) && seen(parent)) texts.push(node);
  }
  const letters = texts.map((node) => node.data).join("").replace(/[^\p{L}]/gu, "").length;
  const tops = new Set();
  for (const text of texts) {
    let [lang, dir, top] = ["", "", text.parentElement];
    for (let up = text.parentElement; up && up !== body; up = up.parentElement) {
      lang ||= up.getAttribute("lang") ?? "";
      dir ||= up.getAttribute("dir") ?? "";
      top = up;
    }
    if (tops.has(top)) continue;
    tops.add(top);
    if (letters >= 40 && (!lang || lang === "und")) say(found, "mail-content-lang", "serious", top);
    // An author's own `auto` stays.
    if (!["ltr", "rtl", "auto"].includes(dir.toLowerCase())) say(found, "mail-content-dir", "serious", top);
  }
  for (const table of tables) {
    const role = table.getAttribute("role");
    const rows = table.rows.length;
    const columns = Math.max(0, ...[...table.rows].map((row) => row.cells.length));
    const layout = rows <= 1 || columns <= 1 || table.querySelector("table");
    if (layout && (role === null || role === "table") && seen(table)) say(found, "mail-table-role", "serious", table);
    // A table that a browser takes for data, with words in every cell of several rows.
    const filled = [...table.rows].filter((row) => row.cells.length > 1 && [...row.cells].every((cell) => /\d|\w{2}/.test(cell.innerText) && cell.innerText.length < 40 && !cell.querySelector("img, table")));
    if ((role === "presentation" || role === "none") && table.querySelector("th") && filled.length > 2 && isData(table)) say(guards, "presentation on data", "", table);
  }
  for (const heading of document.querySelectorAll("h1[role=presentation], h2[role=presentation], h3[role=presentation], h4[role=presentation], h5[role=presentation], h6[role=presentation]")) {
    if (fold(heading.innerText)) say(guards, "presentation on a heading with text", "", heading);
  }
  for (const hidden of document.querySelectorAll("[aria-hidden=true]")) {
    if (seen(hidden) && hidden.getBoundingClientRect().height > 1 && fold(hidden.innerText)) say(guards, "aria-hidden on something seen", "", hidden);
  }
  const VAGUE = /^(click( here)?|here|read more|more|learn more|link|this|go|download|continue|details|mehr|hier|weiter|ici|lire la suite|en savoir plus|aquí|más|leer más|qui|meer|lees meer)[.!>» ]*$/i;
  for (const link of document.querySelectorAll("a[href]")) {
    if (!seen(link)) continue;
    const name = fold(link.getAttribute("aria-label") ?? "") || fold(link.innerText) || fold([...link.querySelectorAll("img[alt]")].map((img) => img.alt).join(" ")) || fold(link.title);
    if (!name) say(found, "mail-link-name", "serious", link);
    else if (VAGUE.test(name)) say(found, "mail-link-vague", "moderate", link);
  }
  for (const image of document.querySelectorAll("img")) {
    if (!seen(image)) continue;
    if (!image.hasAttribute("alt") && image.getAttribute("role") !== "presentation") say(found, "mail-image-alt", "critical", image);
  }
  if (!fold(document.title)) say(found, "mail-title", "serious", document.documentElement);
  if (![...document.querySelectorAll("h1, [role=heading][aria-level='1'], [aria-level='1']")].some((it) => seen(it) && fold(it.innerText))) say(found, "mail-heading-one", "moderate", body);

  const number = (colour) => {
    const [r, g, b, a = 1] = (colour.match(/[\d.]+/g) ?? [0, 0, 0, 0]).map(Number);
    return [r, g, b, a];
  };
  const backs = new Map();
  const back = (element) => {
    const chain = [];
    let result = [255, 255, 255];
    for (let up = element; up; up = up.parentElement) {
      if (backs.has(up)) {
        result = backs.get(up);
        break;
      }
      chain.push(up);
      const style = getComputedStyle(up);
      const [r, g, b, a] = number(style.backgroundColor);
      if (a > 0.5 || style.backgroundImage !== "none") {
        result = a > 0.5 ? [r, g, b] : [1, 1, 1];
        break;
      }
    }
    for (const it of chain) backs.set(it, result);
    return result;
  };
  const words = [];
  const range = document.createRange();
  for (const node of texts) {
    const style = getComputedStyle(node.parentElement);
    if (parseFloat(style.fontSize) < 1) continue;
    const colour = number(style.color);
    const look = [parseFloat(style.fontSize), Number(style.fontWeight) || 400, colour.slice(0, 3), back(node.parentElement)];
    for (const match of node.data.matchAll(/\S+/g)) {
      range.setStart(node, match.index);
      range.setEnd(node, match.index + match[0].length);
      const box = range.getBoundingClientRect();
      const shown = match[0].replace(/[\u200b-\u200f\u2060\ufeff\u00ad\u034f]/g, "");
      if (box.width <= 0 || box.height <= 0 || !shown) continue;
      words.push([shown, Math.round(box.x + scrollX), Math.round(box.y + scrollY), Math.round(box.width), ...look]);
    }
  }
  return {
    checks: [...found.values()],
    guards: [...guards.values()],
    words,
    // What has no scheme leads nowhere from a mail.
    links: [...document.querySelectorAll("a[href]")].filter((it) => /^\s*(https?:|mailto:|tel:|#.)/i.test(it.getAttribute("href")) && seen(it) && (fold(it.innerText) || it.querySelector("img"))).length,
    height: document.documentElement.scrollHeight,
  };
}
