// What does Chromium make of this HTML? Called by the tests in tests/suite, and by hand:
//
//     node tests/browser/run.mjs JOB.json [--limit SECONDS]          results to stdout, nothing else there
//
// JOB.json is a list of cases (`{"jobs": [...]}` does as well):
//
//     { "id": "seed",              names the result, once per job
//       "kind": "requests",        requests | crowd | styles | axe | mail | words | tree | screenshot | axtree
//       "html": "<p>…",            or "file": a path, from the folder where node runs (read as UTF-8)
//       "seconds": 20,             its time limit (20 if left out)
//       … }                        options of the kind
//
// Out comes `{ "results": { ID: RESULT } }`, in the order of the job. A case that failed has
// `{ "error": "…" }` for a result; the others are still done. RESULT by kind:
//
// requests    options: variants (default all three), csp "remove" (default) | "keep", quiet ms without news (100)
//   { csp_removed: N, document: SEEN, innerhtml: SEEN, srcdoc: SEEN }
//   SEEN = { requests: [{url, type}]     tried over the network. type: image, stylesheet, script, font, media, document,
//                                        ping, other, …; "connect" and "escaped" got past the interception
//            local: [{url, type}]        cid:, data: and other URLs that no network is asked for
//            scripts: [{how, what}]      how: compiled | not compiled (any script text that V8 got), canary (alert, confirm,
//                                        prompt, print, open, __xss), console, error, dialog
//            navigations: [{url, reason}]  the page itself going elsewhere, done or due (a refresh)
//            armed: [tag]                start tags with an on… attribute or a javascript:, vbscript:, data: (no image) value
//            hints: [tag] }              link rel, meta refresh, script, base, frames, object, embed, form
//   Each list is without repeats. Every request is refused. A document's own URL is http://mail.invalid/N.
// crowd       instead of html: cases [{id, html, fragment}], many on one page; fragment (or html): what innerHTML gets;
//             options: variants, poke (true), quiet ms (150)
//   { cases: { ID: { clicked: N, stable, contained, document: SEEN, innerhtml: SEEN, srcdoc: SEEN } }, stray: SEEN }
//   as requests, without local, and after everything was hovered, focused and clicked (poke). by_itself in SEEN: there was
//   something before that. clicked: links that lead where links may lead. stable: the same tree after two rounds of
//   innerHTML. contained: in a page, what is behind stays behind. stray: of no case in particular.
// styles      options: other (another document), selector ("p")
//   { elements: N, others: N, different: [{at, name, before, after}] }      computed styles, in order of the elements
// axe         options: fragment (a page is put around it), width (800)
//   { counts: {critical, serious, moderate, minor}, violations: [RULE], best_practice: [RULE], incomplete: [RULE], passes: N }
//   RULE = { id, impact, help, nodes: N, target, html, why }      the last three: of the first node. counts: rules, not nodes.
//   WCAG 2.0 to 2.2, A and AA, in counts, violations and incomplete.
// words       options: fragment, width
//   { text, words: [word], title, lang, dir, mode, mains: N, headings: [{level, text}],
//     links:  [{href, text, target, rel, visible, name}]          every a[href]; name: accessible name, null if hidden
//     images: [{src, alt, visible, width, height, name, role}]    role: null where it is hidden from the accessibility tree
//     tables: [{role, rows, columns, header_cells, nested_in, text}] }    role: the attribute; nested_in: depth, from 0
//   text is body.innerText with white space folded: what CSS shows, text-transform done, image alts not in it.
// tree
//   { document: {mode, html, outline: [line], stable}, fragment: {html, stable}, live: {html, stable} }
//   outline: html5lib's tree format. stable: printed and parsed again it is the same tree. fragment: innerHTML in an
//   inert document; live: in a page with scripting on.
// screenshot  options: path (a PNG is written there), fragment, width        { path, width, height }
// axtree      options: fragment, width                                       { tree }   indented text: role "name"
//
// Exit: 0 done, 1 a fault of the browser or of this program, 2 a bad job, 3 Chromium or node_modules is missing,
// 4 over the time limit (default 300 s). Nothing is on stdout then.

import { existsSync, readFileSync } from "node:fs";
import { Chromium, find } from "./chromium.mjs";
import { Stage } from "./stage.mjs";
import axe from "./kinds/axe.mjs";
import axtree from "./kinds/axtree.mjs";
import crowd from "./kinds/crowd.mjs";
import mail from "./kinds/mail.mjs";
import requests from "./kinds/requests.mjs";
import screenshot from "./kinds/screenshot.mjs";
import styles from "./kinds/styles.mjs";
import tree from "./kinds/tree.mjs";
import words from "./kinds/words.mjs";

const KINDS = { requests, crowd, styles, axe, mail, words, tree, screenshot, axtree };
const PAGES = 3; // at once, in one Chromium
const SECONDS = 20; // for one case

class Stop extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/// Runs the cases, gives back `{ID: RESULT}`. Always ends its Chromium.
export async function runAll(cases, limitSeconds = 300) {
  check(cases);
  const path = find();
  if (!path) throw new Stop(3, "no Chromium on PATH (Debian: apt-get install chromium); CHROMIUM=path names one elsewhere");
  if (!existsSync(new URL("node_modules/axe-core/axe.min.js", import.meta.url))) {
    throw new Stop(3, "no tests/browser/node_modules: run `npm ci` in tests/browser");
  }
  const chromium = Chromium.start(path);
  const kill = () => chromium.kill();
  process.once("exit", kill);
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Stop(4, `not done within ${limitSeconds} s`)), limitSeconds * 1000);
  });
  try {
    return await Promise.race([work(chromium, cases), late]);
  } finally {
    clearTimeout(timer);
    await chromium.close();
    process.off("exit", kill);
  }
}

async function work(chromium, cases) {
  const results = Object.fromEntries(cases.map(({ id }) => [id, null]));
  const queue = [...cases];
  const worker = async () => {
    let stage = await Stage.open(chromium);
    for (let it = queue.shift(); it; it = queue.shift()) {
      try {
        const html = it.cases ? null : (it.html ?? readFileSync(it.file, "utf8"));
        results[it.id] = await within(it.seconds ?? SECONDS, KINDS[it.kind](stage, html, it));
      } catch (error) {
        if (/Chromium (is gone|ended)/.test(error.message)) throw error;
        results[it.id] = { error: error.message };
        await stage.close(); // its page may hang: the next case gets a new one
        stage = await Stage.open(chromium);
      }
    }
    await stage.close();
  };
  await Promise.all(Array.from({ length: Math.min(PAGES, cases.length) }, worker));
  return results;
}

function within(seconds, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done within ${seconds} s`)), seconds * 1000);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

function check(cases) {
  if (!Array.isArray(cases)) throw new Stop(2, "the job is not a list of cases");
  const ids = new Set();
  for (const { id, kind, html, file, cases: many } of cases) {
    if (typeof id !== "string" || ids.has(id)) throw new Stop(2, `every case needs an id of its own: ${JSON.stringify(id)}`);
    if (!Object.hasOwn(KINDS, kind)) throw new Stop(2, `${id}: no such kind: ${JSON.stringify(kind)}`);
    const one = (typeof html === "string") !== (typeof file === "string");
    if (kind === "crowd" ? !Array.isArray(many) : !one) throw new Stop(2, `${id}: needs html or file, one of them; a crowd, cases`);
    ids.add(id);
  }
}

function arguments_(args) {
  const at = args.indexOf("--limit");
  const limit = at < 0 ? 300 : Number(args.splice(at, 2)[1]);
  if (args.length !== 1 || !(limit > 0)) throw new Stop(2, "usage: node run.mjs JOB.json [--limit SECONDS]");
  let job;
  try {
    job = JSON.parse(readFileSync(args[0], "utf8"));
  } catch (error) {
    throw new Stop(2, `${args[0]}: ${error.message}`);
  }
  return { cases: Array.isArray(job) ? job : job?.jobs, limit };
}

async function main() {
  const { cases, limit } = arguments_(process.argv.slice(2));
  const results = await runAll(cases, limit);
  process.stdout.write(JSON.stringify({ results }, null, 1) + "\n");
}

if (process.argv[1]?.endsWith("run.mjs")) {
  main().catch((error) => {
    process.stderr.write(`tests/browser: ${error.message}\n`);
    process.exit(error instanceof Stop ? error.code : 1);
  });
}
