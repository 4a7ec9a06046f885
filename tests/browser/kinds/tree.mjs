// What tree does Chromium's parser make of this HTML, and does it make the same one again of its own print?
// Nothing is loaded but in `live`, whose point is a parser with scripting on (noscript is raw text there).

const HOST_PAGE = `<!doctype html><html lang="en"><meta charset="utf-8"><title>host</title>`;

export default async function tree(stage, html) {
  await stage.show(HOST_PAGE);
  return stage.run(read, html);
}

/// Runs in the page.
function read(html) {
  const parse = (text) => new DOMParser().parseFromString(text, "text/html");
  const page = parse(html);
  const printed = (page.doctype ? new XMLSerializer().serializeToString(page.doctype) : "") + page.documentElement.outerHTML;
  const again = parse(printed);
  return {
    document: {
      mode: page.compatMode,
      html: page.documentElement.outerHTML,
      outline: outline(page),
      stable: again.documentElement.outerHTML === page.documentElement.outerHTML && outline(again).join("\n") === outline(page).join("\n"),
    },
    fragment: inside(document.implementation.createHTMLDocument("").createElement("div")),
    live: inside(document.createElement("div")),
  };

  function inside(div) {
    div.innerHTML = html;
    const first = div.innerHTML;
    const before = outline(div).join("\n");
    div.innerHTML = first;
    return { html: first, stable: div.innerHTML === first && outline(div).join("\n") === before };
  }

  /// The tree-construction test format of html5lib: one node a line, `| ` and two spaces a level in front.
  function outline(root) {
    const lines = [];
    const put = (depth, text) => lines.push(`| ${"  ".repeat(depth)}${text}`);
    const prefix = { "http://www.w3.org/2000/svg": "svg ", "http://www.w3.org/1998/Math/MathML": "math " };
    // A loop with a stack of its own: mail nests deeper than a call stack goes.
    const todo = [...root.childNodes].reverse().map((node) => [node, 0]);
    while (todo.length) {
      const [node, depth] = todo.pop();
      if (node.nodeType === Node.DOCUMENT_TYPE_NODE) put(depth, node.publicId || node.systemId ? `<!DOCTYPE ${node.name} "${node.publicId}" "${node.systemId}">` : `<!DOCTYPE ${node.name}>`);
      if (node.nodeType === Node.TEXT_NODE) put(depth, `"${node.data}"`);
      if (node.nodeType === Node.COMMENT_NODE) put(depth, `<!-- ${node.data} -->`);
      if (node.nodeType !== Node.ELEMENT_NODE) continue;
      put(depth, `<${prefix[node.namespaceURI] ?? ""}${node.localName}>`);
      for (const name of [...node.attributes].map((it) => it.name).sort()) put(depth + 1, `${name}="${node.getAttribute(name)}"`);
      const inner = node.localName === "template" && node.content ? node.content : node;
      todo.push(...[...inner.childNodes].reverse().map((child) => [child, depth + 1]));
    }
    return lines;
  }
}
