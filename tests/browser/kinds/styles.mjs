// Do the same elements look the same in two documents? Compares the computed style of every element of a selector, in
// order, property by property.

import { HOST } from "../stage.mjs";

const PAGE = `<!doctype html><html lang="en"><meta charset="utf-8"><title>styles</title>`;

export default async function styles(stage, html, { other, selector = "p" }) {
  await stage.show(PAGE, { at: HOST });
  return stage.run(compare, html, other, selector);
}

/// Runs in the page.
async function compare(one, other, selector) {
  const looks = async (html) => {
    const frame = document.createElement("iframe");
    frame.width = 800;
    frame.height = 600;
    frame.srcdoc = html;
    const loaded = new Promise((resolve) => frame.addEventListener("load", resolve, { once: true }));
    document.body.append(frame);
    await loaded;
    const view = frame.contentWindow;
    const look = (element) => Object.fromEntries([...view.getComputedStyle(element)].map((name) => [name, view.getComputedStyle(element).getPropertyValue(name)]));
    return [...frame.contentDocument.querySelectorAll(selector)].map(look);
  };
  const [before, after] = [await looks(one), await looks(other)];
  const different = [];
  before.forEach((look, at) => {
    for (const [name, value] of Object.entries(look)) {
      const now = after[at]?.[name];
      if (now !== value) different.push({ at, name, before: value, after: now ?? null });
    }
  });
  return { elements: before.length, others: after.length, different };
}
