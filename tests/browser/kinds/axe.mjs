// What does axe-core say of this HTML? WCAG 2.2 A and AA count; best practice is told apart.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { asDocument } from "./document.mjs";

const WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const IMPACTS = ["critical", "serious", "moderate", "minor"];

let library;

export default async function axe(stage, html, { fragment = false, width }) {
  library ??= readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  await stage.show(asDocument(html, fragment), { images: "tile", width });
  await stage.notes(50);
  await stage.inject(library);
  const report = await stage.run(async (tags) => {
    const { violations, incomplete, passes } = await globalThis.axe.run(document, {
      runOnly: { type: "tag", values: tags },
      resultTypes: ["violations", "incomplete"],
    });
    const brief = ({ id, impact, tags, help, nodes }) => ({
      id,
      impact,
      tags,
      help,
      nodes: nodes.length,
      target: nodes[0]?.target.flat().join(" ") ?? "",
      html: (nodes[0]?.html ?? "").slice(0, 300),
      why: (nodes[0]?.failureSummary ?? "").slice(0, 400),
    });
    return { violations: violations.map(brief), incomplete: incomplete.map(brief), passes: passes.length };
  }, [...WCAG, "best-practice"]);

  const wcag = report.violations.filter(isWcag);
  return {
    counts: Object.fromEntries(IMPACTS.map((impact) => [impact, wcag.filter((it) => it.impact === impact).length])),
    violations: wcag.sort(byImpact).map(plain),
    best_practice: report.violations.filter((it) => !isWcag(it)).sort(byImpact).map(plain),
    incomplete: report.incomplete.filter(isWcag).sort(byImpact).map(plain),
    passes: report.passes,
  };
}

function isWcag({ tags }) {
  return tags.some((tag) => WCAG.includes(tag));
}

function byImpact(a, b) {
  return IMPACTS.indexOf(a.impact) - IMPACTS.indexOf(b.impact) || a.id.localeCompare(b.id);
}

function plain({ tags, ...rest }) {
  return rest;
}
