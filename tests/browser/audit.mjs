// How accessible is mail before and after a rinse? Called by `make audit`:
//
//     node tests/browser/audit.mjs [--command mailrinse] [--every N] [--least SHARE] FOLDER…
//
// Takes every .html file of the folders (with --every N: each N-th), rinses it, shows both in Chromium, and asks axe
// (WCAG 2.0 to 2.2 A and AA; best practice apart), the checks of `kinds/mail.mjs`, and what became of words, links and
// look (relative URLs being those of the page that Chromium shows). Prints a table by rule; exit status 1 where fewer than --least of the files pass (0.98), or a guard is broken.

import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { runAll } from "./run.mjs";
import { MAIL } from "./stage.mjs";

const BAD = ["critical", "serious"];

function files(folder) {
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const path = join(folder, name);
      return statSync(path).isDirectory() ? files(path) : /\.html?$/.test(name) && name !== "output.html" ? [path] : []; // that is what a rinse made
    });
}

/// Pairs of the same words, in order.
function matched(before, after) {
  const pairs = [];
  let at = 0;
  for (const word of before) {
    let found = -1;
    for (let ahead = at; ahead < Math.min(after.length, at + 60); ahead++) {
      if (after[ahead][0] === word[0]) {
        found = ahead;
        break;
      }
    }
    if (found >= 0) {
      pairs.push([word, after[found]]);
      at = found + 1;
    }
  }
  return pairs;
}

/// How much alike a word looks in two pages: place, width, size, weight, colour, background, each from 0 to 1.
function alike([, x1, y1, w1, s1, b1, c1, g1], [, x2, y2, w2, s2, b2, c2, g2]) {
  const near = (a, b, far) => 1 - Math.min(1, Math.abs(a - b) / far);
  const colour = (a, b) => 1 - Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]) / 442;
  const place = 1 - Math.min(1, Math.hypot(x1 - x2, y1 - y2) / 200);
  return (place + near(w1, w2, w1) + near(s1, s2, s1) + near(b1, b2, 300) + colour(c1, c2) + colour(g1, g2)) / 6;
}

function options(args) {
  const take = (name, otherwise) => {
    const at = args.indexOf(name);
    return at < 0 ? otherwise : args.splice(at, 2)[1];
  };
  return {
    command: take("--command", "mailrinse"),
    every: Number(take("--every", "1")),
    least: Number(take("--least", "0.98")),
    folders: args,
  };
}

async function main() {
  const { command, every, least, folders } = options(process.argv.slice(2));
  const all = folders.flatMap(files).filter((_, at) => at % every === 0);
  const jobs = [];
  for (const [at, file] of all.entries()) {
    const rinsed = execFileSync(command, ["--type", "html", "--base", MAIL, file], { maxBuffer: 1 << 28 }).toString("utf8");
    const raw = readFileSync(file, "utf8");
    for (const [state, html] of [["before", raw], ["after", rinsed]]) {
      for (const kind of ["axe", "mail"]) jobs.push({ id: `${at} ${state} ${kind}`, kind, html, seconds: 60 });
    }
  }
  const results = await runAll(jobs, 3000);
  const rules = new Map();
  const sums = { pass: { before: 0, after: 0 }, words: 0, kept: 0, added: 0, links: 0, kept_links: 0, look: 0, looked: 0 };
  const bad = [];
  const guards = [];
  for (const [at, file] of all.entries()) {
    const seen = {};
    for (const state of ["before", "after"]) {
      const axe = results[`${at} ${state} axe`];
      const mail = results[`${at} ${state} mail`];
      if (axe.error || mail.error) {
        bad.push(`${file}: ${state}: ${axe.error ?? mail.error}`);
        continue;
      }
      const said = [
        ...axe.violations.map((it) => ({ ...it, group: "WCAG" })),
        ...axe.best_practice.map((it) => ({ ...it, group: "best practice" })),
        ...mail.checks.map((it) => ({ ...it, group: "mail" })),
      ];
      for (const { id, impact, group } of said) {
        const key = `${group.padEnd(14)}${(impact ?? "").padEnd(10)}${id}`;
        const row = rules.get(key) ?? { before: 0, after: 0 };
        row[state] += 1;
        rules.set(key, row);
      }
      const grave = said.filter(({ impact, group }) => BAD.includes(impact) && group !== "best practice");
      if (!grave.length) sums.pass[state] += 1;
      else if (state === "after") bad.push(`${file}: ${grave.map((it) => `${it.id} ${it.html}`).join("; ")}`);
      seen[state] = mail;
    }
    const { before, after } = seen;
    if (!before || !after) continue;
    guards.push(...after.guards.map((it) => `${file}: ${it.id}: ${it.html}`));
    const pairs = matched(before.words, after.words);
    sums.words += before.words.length;
    sums.kept += pairs.length;
    sums.added += after.words.length - pairs.length;
    sums.links += before.links;
    sums.kept_links += Math.min(before.links, after.links);
    if (pairs.length) {
      const look = pairs.reduce((sum, pair) => sum + alike(...pair), 0) / pairs.length;
      sums.look += look;
      sums.looked += 1;
      if (look < 0.97) bad.push(`${file}: look ${look.toFixed(3)}`);
    }
    if (pairs.length < before.words.length) bad.push(`${file}: ${before.words.length - pairs.length} words lost`);
    if (after.words.length > pairs.length) bad.push(`${file}: ${after.words.length - pairs.length} words added`);
    if (after.links < before.links) bad.push(`${file}: ${before.links - after.links} links lost`);
  }
  const share = (a, b) => `${((100 * a) / Math.max(1, b)).toFixed(2)} %`;
  console.log(`${"rule, files with it".padEnd(60)}  before   after`);
  for (const [key, row] of [...rules].sort()) console.log(`${key.padEnd(60)}${String(row.before).padStart(8)}${String(row.after).padStart(8)}`);
  console.log(`without serious or critical findings: before ${share(sums.pass.before, all.length)}, after ${share(sums.pass.after, all.length)} of ${all.length}`);
  console.log(`words kept ${share(sums.kept, sums.words)} of ${sums.words}, added ${sums.added}; links kept ${share(sums.kept_links, sums.links)} of ${sums.links}; look ${(sums.look / Math.max(1, sums.looked)).toFixed(4)}`);
  const here = process.cwd();
  for (const line of bad) console.log(`  ${line.replaceAll(here, relative(here, here) || ".")}`.slice(0, 400));
  for (const line of guards) console.log(`  guard: ${line}`.slice(0, 400));
  process.exitCode = sums.pass.after / Math.max(1, all.length) >= least && !guards.length ? 0 : 1;
}

main().catch((error) => {
  process.stderr.write(`tests/browser: ${error.message}\n`);
  process.exit(error.code ?? 1);
});
