// What does a reader get: words seen, links and images with their names, tables with their roles, title, language.
// Names are Chromium's own, out of its accessibility tree.

import { asDocument } from "./document.mjs";

export default async function words(stage, html, { fragment = false, width }) {
  await stage.show(asDocument(html, fragment), { images: "tile", width });
  await stage.notes(30);
  const page = await stage.run(read);
  const named = await names(stage);
  // Both lists are in tree order over the same selectors.
  page.links.forEach((link, at) => (link.name = named.links[at]?.name ?? (link.fallback || null)));
  page.links.forEach((link) => delete link.fallback);
  page.images.forEach((image, at) => Object.assign(image, { name: named.images[at]?.name ?? null, role: named.images[at]?.role ?? null }));
  return page;
}

/// Runs in the page.
function read() {
  const fold = (text) => text.replace(/\s+/g, " ").trim();
  const body = document.body;
  const text = fold(body?.innerText ?? "");
  const seen = (element) => element.checkVisibility({ checkVisibilityCSS: true, checkOpacity: true });
  return {
    text,
    words: text ? text.split(" ") : [],
    title: document.title,
    lang: document.documentElement.getAttribute("lang"),
    dir: document.documentElement.getAttribute("dir"),
    mode: document.compatMode,
    mains: document.querySelectorAll("main, [role=main]").length,
    headings: [...document.querySelectorAll("h1, h2, h3, h4, h5, h6, [role=heading]")].map((it) => ({
      level: Number(it.getAttribute("aria-level") ?? it.localName[1]) || 2,
      text: fold(it.innerText),
    })),
    links: [...document.querySelectorAll("a[href]")].map((it) => ({
      href: it.getAttribute("href"),
      text: fold(it.innerText),
      target: it.getAttribute("target"),
      rel: it.getAttribute("rel"),
      visible: seen(it),
      fallback: it.getAttribute("aria-label") ?? (fold(it.innerText) || fold([...it.querySelectorAll("img[alt]")].map((img) => img.alt).join(" "))),
    })),
    images: [...document.querySelectorAll("img")].map((it) => ({
      src: it.getAttribute("src"),
      alt: it.getAttribute("alt"),
      visible: seen(it) && it.getBoundingClientRect().width > 0 && it.getBoundingClientRect().height > 0,
      width: Math.round(it.getBoundingClientRect().width),
      height: Math.round(it.getBoundingClientRect().height),
    })),
    tables: [...document.querySelectorAll("table")].map((it) => ({
      role: it.getAttribute("role"),
      rows: it.rows.length,
      columns: Math.max(0, ...[...it.rows].map((row) => [...row.cells].reduce((sum, cell) => sum + cell.colSpan, 0))),
      header_cells: [...it.rows].flatMap((row) => [...row.cells]).filter((cell) => cell.localName === "th").length,
      nested_in: (() => { let depth = 0; for (let up = it.parentElement?.closest("table"); up; up = up.parentElement?.closest("table")) depth += 1; return depth; })(),
      text: fold(it.innerText).slice(0, 60),
    })),
  };
}

/// The accessible names of all links and images, in tree order. An element that is hidden from the tree has none (null).
async function names(stage) {
  await stage.send("DOM.enable");
  const { root } = await stage.send("DOM.getDocument", { depth: -1 });
  const { nodes } = await stage.send("Accessibility.getFullAXTree");
  const known = new Map(nodes.filter((it) => !it.ignored).map((it) => [it.backendDOMNodeId, it]));
  const links = [];
  const images = [];
  (function walk(node) {
    const name = node.localName;
    const ax = known.get(node.backendNodeId);
    const entry = { name: ax ? ax.name?.value ?? "" : null, role: ax?.role?.value ?? null };
    if (name === "a" && node.attributes.some((attribute, at) => at % 2 === 0 && attribute === "href")) links.push(entry);
    if (name === "img") images.push(entry);
    for (const child of node.children ?? []) walk(child);
  })(root);
  await stage.send("DOM.disable");
  return { links, images };
}
