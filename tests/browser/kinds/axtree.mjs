// The accessibility tree as indented text: what a screen reader has to go by. Ignored nodes are left out, their
// children move up.

import { asDocument } from "./document.mjs";

const SHOWN = ["level", "url", "hidden", "roledescription"];

export default async function axtree(stage, html, { fragment = false, width }) {
  await stage.show(asDocument(html, fragment), { images: "tile", width });
  await stage.notes(30);
  const { nodes } = await stage.send("Accessibility.getFullAXTree");
  const byId = new Map(nodes.map((node) => [node.nodeId, node]));
  const lines = [];
  const todo = [[nodes[0], 0]];
  while (todo.length) {
    const [node, depth] = todo.pop();
    if (!node || node.role?.value === "InlineTextBox") continue;
    if (!node.ignored) lines.push("  ".repeat(depth) + line(node));
    const inner = node.ignored ? depth : depth + 1;
    todo.push(...[...(node.childIds ?? [])].reverse().map((id) => [byId.get(id), inner]));
  }
  return { tree: lines.join("\n") + "\n" };
}

function line({ role, name, properties = [] }) {
  const extra = properties.filter((it) => SHOWN.includes(it.name)).map((it) => ` ${it.name}=${it.value.value}`);
  // Chromium names the parts of tables it takes for layout after all that is in them.
  const own = role.value.startsWith("Layout") ? "" : (name?.value ?? "");
  const said = own.replace(/\s+/g, " ").trim();
  return role.value + (said ? ` "${said}"` : "") + extra.join("");
}
