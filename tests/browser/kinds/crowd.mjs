// Many cases on one page, each as a document of its own, by innerHTML and as srcdoc, in a frame each: what do they load,
// run or go to, by themselves and when everything in them is hovered, focused and clicked? Does each parse the same
// after two rounds through innerHTML, and stay in its place in a page?

import { HOST } from "../stage.mjs";
import { CSP, HOST_PAGE, loaded } from "./requests.mjs";

const VARIANTS = ["document", "innerhtml", "srcdoc"];
const PAGE = `<!doctype html><html lang="en"><meta charset="utf-8"><title>crowd</title>`;
const STATES = ["hover", "focus", "focus-visible", "focus-within", "active", "visited", "target"];
const LISTS = ["requests", "scripts", "navigations"];

export default async function crowd(stage, _, { cases, poke = true, quiet = 150, variants = VARIANTS }) {
  const list = cases.map(({ id, html, fragment = html }) => ({ id, html: html.replace(CSP, ""), fragment: fragment.replace(CSP, "") }));
  const served = new Map([[`${HOST}blank`, HOST_PAGE]]);
  list.forEach(({ html }, at) => served.set(`${HOST}case-${at}`, html));
  await stage.show(PAGE, { at: HOST, served, crowd: true });
  const frames = await stage.run(fill, list, variants);
  await stage.run(draw, frames);
  await stage.fence("document");
  await sleep(quiet);
  const loads = stage.soFar;
  let clicked = {};
  if (poke) {
    clicked = await stage.run(pokeAll, frames);
    await force(stage, STATES);
    await stage.run(draw, frames);
    await stage.fence("document");
    await stage.send("CSS.disable");
    await stage.send("DOM.disable");
  }
  const notes = await stage.notes(quiet);

  const results = {};
  for (const [at, { id }] of list.entries()) {
    const result = { clicked: clicked[at] ?? 0, ...(await stage.run(parsed, list[at].fragment)) };
    for (const variant of variants) {
      const frame = `case-${at}-${variant}`;
      const mine = (from, name) => from[name].filter((entry) => entry.frame === frame).map(({ frame, ...entry }) => entry);
      const own = Object.fromEntries(LISTS.map((name) => [name, mine(notes, name)]));
      result[variant] = { ...own, by_itself: LISTS.some((name) => mine(loads, name).length), ...(await stage.run(loaded, "frame", frame)) };
    }
    results[id] = result;
  }
  // What cannot be laid at one case's door is everybody's.
  const stray = Object.fromEntries(LISTS.map((name) => [name, notes[name].filter(({ frame }) => !frame)]));
  return { cases: results, stray };
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/// Puts each case into its frames. Runs in the page.
async function fill(cases, variants) {
  const frames = [];
  const put = (name, attribute, value) => {
    const frame = document.createElement("iframe");
    frame.name = frame.id = name;
    frame.width = 300;
    frame.height = 200;
    frame[attribute] = value;
    const loaded = new Promise((resolve) => frame.addEventListener("load", resolve, { once: true }));
    document.body.append(frame);
    frames.push(name);
    // A frame that goes elsewhere while it is read has no end; an empty one only waits for the machine.
    return Promise.race([loaded, new Promise((resolve) => setTimeout(resolve, value === "/blank" ? 30000 : 4000))]).then(() => frame);
  };
  const waits = cases.flatMap(({ html, fragment }, at) =>
    variants.map(async (variant) => {
      const name = `case-${at}-${variant}`;
      if (variant === "document") return put(name, "src", `/case-${at}`);
      if (variant === "srcdoc") return put(name, "srcdoc", html);
      const frame = await put(name, "src", "/blank");
      frame.contentDocument.getElementById("host").innerHTML = fragment;
    }),
  );
  await Promise.all(waits);
  return frames;
}

/// Hovers, focuses and clicks every element. A link that leads where links may lead is not followed, only counted; all
/// else does what it does. Runs in the page.
async function pokeAll(names) {
  const clicked = {};
  for (const name of names) {
    const page = document.getElementById(name)?.contentDocument;
    if (!page) continue;
    const view = page.defaultView;
    page.addEventListener(
      "click",
      (event) => {
        const link = event.target.closest?.("a[href], area[href]");
        const raw = link ? link.getAttribute("href").trim() : null;
        if (raw === null || (!raw.startsWith("#") && !/^(https?|mailto|tel):$/.test(link.protocol))) return;
        const at = Number(name.split("-")[1]);
        clicked[at] = (clicked[at] ?? 0) + 1;
        // In a srcdoc, `#…` leads to the page around.
        event.preventDefault();
      },
      true,
    );
    for (const element of page.querySelectorAll("*")) {
      for (const type of ["pointerover", "mouseover", "mouseenter", "mousemove", "pointerdown", "mousedown", "mouseup", "dblclick", "contextmenu"]) {
        element.dispatchEvent(new view.MouseEvent(type, { bubbles: true, cancelable: true, view }));
      }
      element.focus?.({ preventScroll: true });
      element.dispatchEvent(new view.KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
      element.click?.();
      element.blur?.();
    }
  }
  await new Promise((resolve) => setTimeout(resolve, 50));
  return clicked;
}

/// Puts every element of every frame into these states, as far as style sheets ask for them.
async function force(stage, states) {
  await stage.send("DOM.enable");
  await stage.send("CSS.enable");
  const { root } = await stage.send("DOM.getDocument", { depth: -1, pierce: true });
  const all = [];
  const walk = [root];
  while (walk.length) {
    const node = walk.pop();
    if (node.nodeType === 1) all.push(node.nodeId);
    walk.push(...(node.children ?? []), ...(node.contentDocument ? [node.contentDocument] : []));
  }
  await Promise.all(all.map((nodeId) => stage.send("CSS.forcePseudoState", { nodeId, forcedPseudoClasses: states }).catch(() => {})));
}

/// Frames that nobody sees are not drawn by themselves. Runs in the page.
function draw(names) {
  for (const name of names) {
    const page = document.getElementById(name)?.contentDocument;
    for (const element of page?.querySelectorAll("*") ?? []) page.defaultView.getComputedStyle(element).backgroundImage, element.offsetWidth;
  }
}

/// Runs in the page.
function parsed(html) {
  const inert = document.implementation.createHTMLDocument("");
  const inside = (text) => {
    const div = inert.createElement("div");
    div.innerHTML = text;
    return div;
  };
  // Printing loses a line feed behind `<pre>`, which is no danger.
  for (const pre of inside(html).querySelectorAll("pre")) if (/^\n/.test(pre.textContent)) html = html.replaceAll(/(<pre\b[^>]*>)\n\n/g, "$1");
  const first = inside(html);
  const second = inside(first.innerHTML);
  const third = inside(second.innerHTML);
  const page = new DOMParser().parseFromString(`<!doctype html><body><div id="host">${html}</div><p id="after">x</p>`, "text/html");
  const after = page.getElementById("after");
  const host = page.getElementById("host");
  return {
    stable: first.isEqualNode(second) && second.isEqualNode(third),
    contained: !!after && after.parentNode === page.body && after.previousSibling === host && page.body.firstChild === host && page.body.childNodes.length === 2,
  };
}
