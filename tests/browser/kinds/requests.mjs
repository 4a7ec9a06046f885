// Does this HTML load, run or go anywhere by itself, with its third lock (the CSP line) taken out?
// Three ways to show it: as a document, put into a page by innerHTML, and in an iframe's srcdoc.

import { HOST } from "../stage.mjs";

const VARIANTS = ["document", "innerhtml", "srcdoc"];
export const CSP = /<meta\b[^>]*http-equiv\s*=\s*["']?content-security-policy\b[^>]*>\s*/gi;
export const HOST_PAGE = `<!doctype html><html lang="en"><meta charset="utf-8"><title>host</title><main id="host"></main>`;

export default async function requests(stage, html, { variants = VARIANTS, csp = "remove", quiet = 100 }) {
  const body = csp === "keep" ? html : html.replace(CSP, "");
  const result = { csp_removed: csp === "keep" ? 0 : (html.match(CSP) ?? []).length };
  for (const variant of variants) {
    const where = await VIEW[variant](stage, body);
    if (csp !== "keep") await stage.fence(where); // a kept policy refuses the fence as well
    const notes = await stage.notes(quiet);
    result[variant] = { ...notes, ...(await stage.run(loaded, where)) };
  }
  return result;
}

/// Each gives back where the HTML has come to lie: document, host or frame.
const VIEW = {
  async document(stage, html) {
    await stage.show(html);
    return "document";
  },
  async innerhtml(stage, html) {
    await stage.show(HOST_PAGE, { at: HOST });
    await stage.run((text) => void (document.getElementById("host").innerHTML = text), html);
    return "host";
  },
  async srcdoc(stage, html) {
    await stage.show(HOST_PAGE, { at: HOST });
    await stage.run((text) => {
      const frame = document.createElement("iframe");
      frame.id = "frame";
      frame.srcdoc = text;
      const loaded = new Promise((resolve) => frame.addEventListener("load", resolve));
      document.getElementById("host").append(frame);
      return Promise.race([loaded, new Promise((resolve) => setTimeout(resolve, 4000))]).then(() => undefined);
    }, html);
    return "frame";
  },
};

/// What lies ready without having gone off: handlers, script URLs, and elements that act when their time comes.
/// Reads through the prototypes, since a form's fields can hide its own `attributes`. Runs in the page.
export function loaded(where, name = "frame") {
  const armed = [];
  const hints = [];
  const names = Element.prototype.getAttributeNames;
  const value = Element.prototype.getAttribute;
  const frame = where === "frame" ? (document.getElementById(name)?.contentDocument ?? null) : null;
  if (where === "frame" && !frame) return { armed, hints: ["the frame went elsewhere"] };
  const root = where === "host" ? document.getElementById("host") : (frame ?? document).documentElement;
  const all = [root, ...Element.prototype.querySelectorAll.call(root, "*")];
  const tag = Object.getOwnPropertyDescriptor(Element.prototype, "localName").get;
  const attribute = (element) => (name) => `${name}="${value.call(element, name)}"`;
  const text = (element) => `<${[tag.call(element), ...names.call(element).map(attribute(element))].join(" ")}>`.slice(0, 300);
  for (const element of all) {
    const mine = names.call(element);
    if (mine.some((name) => /^on/i.test(name) || script(name, value.call(element, name)))) armed.push(text(element));
    const rel = value.call(element, "rel");
    const equiv = value.call(element, "http-equiv");
    const kind = tag.call(element);
    if ((kind === "link" && rel) || (kind === "meta" && /^(refresh|set-cookie|default-style)$/i.test(equiv ?? ""))) hints.push(text(element));
    if (/^(script|base|iframe|frame|object|embed|applet|portal|form)$/.test(kind)) hints.push(text(element));
  }
  return { armed, hints };

  /// URL parsers drop tabs and line ends anywhere and control characters in front.
  function script(name, value) {
    if (/^(alt|title|summary|placeholder|aria-.*)$/.test(name)) return false;
    const url = value.replace(/[\t\r\n]/g, "").replace(/^[\x00-\x20]+/, "");
    return /^(javascript|vbscript):|^data:(?!image\/)/i.test(url);
  }
}
