// Shows that the harness can fail: raw hostile HTML must be reported, harmless HTML must not.
// Run by `make test`, or by hand: node --test tests/browser/selftest.mjs

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { runAll } from "./run.mjs";

const RUN = fileURLToPath(new URL("run.mjs", import.meta.url));
const ALL = ["document", "innerhtml", "srcdoc"];
const PARSED = ["document", "srcdoc"]; // innerHTML runs no <script> and heeds no <meta>

// [name, html, list, what one entry of it must hold, variants]
const HOSTILE = [
  ["img", `<img src="http://t.example/open.gif">`, "requests", "http://t.example/open.gif", ALL],
  ["img, relative", `<img src="open.gif">`, "requests", "invalid/open.gif", ALL],
  ["img srcset", `<img srcset="http://t.example/a.png 1x">`, "requests", "t.example/a.png", ALL],
  ["img cid", `<img src="cid:part1@mail">`, "local", "cid:part1@mail", ALL],
  ["img onerror", `<img src=x onerror="window.__xss = 1">`, "scripts", "__xss = 1", ALL],
  ["img onerror, silent", `<img src=x onerror="document.title">`, "scripts", "compiled", ALL],
  ["img onerror, unfinished", `<img src=x onerror=alert(1)//`, "armed", "onerror", []],
  ["svg onload", `<svg onload="alert(1)"></svg>`, "scripts", "alert(1)", PARSED],
  ["svg onload, armed", `<svg onload="alert(1)"></svg>`, "armed", "onload", ALL],
  ["script", `<script>var quiet = 1;</script>`, "scripts", "compiled", PARSED],
  ["script, broken", `<script>var var;</script>`, "scripts", "not compiled", PARSED],
  ["script alert", `<script>alert("hello")</script>`, "scripts", "alert(hello)", PARSED],
  ["script console", `<script>console.log("said")</script>`, "scripts", "said", PARSED],
  ["script throws", `<script>throw new Error("thrown")</script>`, "scripts", "thrown", PARSED],
  ["script src", `<script src="https://t.example/x.js"></script>`, "requests", "t.example/x.js", PARSED],
  ["script goes away", `<script>location = "http://away.example/"</script>`, "navigations", "away.example", ["document"]],
  ["script socket", `<script>new WebSocket("ws://t.example/s")</script>`, "requests", "ws://t.example/s", PARSED],
  ["noscript mXSS", `<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>`, "scripts", "alert(1)", ALL],
  ["details ontoggle", `<details open ontoggle="alert(1)">x</details>`, "scripts", "alert(1)", ALL],
  ["autofocus", `<input autofocus onfocus="alert(1)">`, "armed", "onfocus", ALL],
  ["link stylesheet", `<link rel="stylesheet" href="http://t.example/a.css">`, "requests", "t.example/a.css", ALL],
  ["link dns-prefetch", `<link rel="dns-prefetch" href="//t.example">`, "hints", "dns-prefetch", ALL],
  ["link prefetch", `<link rel="prefetch" href="http://t.example/next">`, "requests", "t.example/next", ["document"]],
  ["link preload", `<link rel="preload" as="image" href="http://t.example/p.png">`, "requests", "t.example/p.png", ALL],
  ["link preconnect", `<link rel="preconnect" href="https://pre.example">`, "hints", "preconnect", ALL],
  ["css url", `<p style="background:url(http://t.example/bg.png)">x</p>`, "requests", "t.example/bg.png", ALL],
  ["css import", `<style>@import "http://t.example/i.css";</style>`, "requests", "t.example/i.css", ALL],
  ["css content", `<style>p::before{content:url(http://t.example/c.png)}</style><p>x</p>`, "requests", "t.example/c.png", ALL],
  ["css font", `<style>@font-face{font-family:f;src:url(http://t.example/f.woff)}p{font-family:f}</style><p>x</p>`, "requests", "t.example/f.woff", ALL],
  ["background", `<table background="http://t.example/b.png"><tr><td>x</table>`, "requests", "t.example/b.png", ALL],
  ["video poster", `<video poster="http://t.example/v.png"></video>`, "requests", "t.example/v.png", ALL],
  ["audio", `<audio src="http://t.example/a.mp3" preload="auto"></audio>`, "requests", "t.example/a.mp3", ALL],
  ["input image", `<input type="image" src="http://t.example/i.png">`, "requests", "t.example/i.png", ALL],
  ["svg image", `<svg><image href="http://t.example/s.png"/></svg>`, "requests", "t.example/s.png", ALL],
  ["iframe", `<iframe src="http://t.example/frame"></iframe>`, "requests", "t.example/frame", ALL],
  ["iframe srcdoc", `<iframe srcdoc="<script>alert(1)</script>"></iframe>`, "scripts", "alert(1)", ALL],
  ["iframe javascript", `<iframe src="javascript:alert(1)"></iframe>`, "scripts", "alert(1)", ALL],
  ["iframe data", `<iframe src="data:text/html,hello"></iframe>`, "armed", "data:text/html", ALL],
  ["object", `<object data="http://t.example/o"></object>`, "requests", "t.example/o", ALL],
  ["embed", `<embed src="http://t.example/e">`, "requests", "t.example/e", ALL],
  ["meta refresh", `<meta http-equiv="refresh" content="0;url=http://away.example/">`, "navigations", "away.example", ["document"]],
  ["meta refresh, later", `<meta http-equiv="refresh" content="60;url=http://away.example/">`, "navigations", "away.example", ["document"]],
  ["meta refresh, hint", `<meta http-equiv="refresh" content="60;url=http://away.example/">`, "hints", "refresh", ALL],
  ["base", `<base href="http://t.example/"><img src="open.gif">`, "requests", "t.example/open.gif", PARSED],
  ["link javascript", `<a href="java&#10;script:alert(1)">x</a>`, "armed", "alert(1)", ALL],
  ["form", `<form action="http://t.example/"><input name=attributes></form>`, "hints", "<form", ALL],
  ["csp is taken out", `<meta http-equiv="Content-Security-Policy" content="default-src 'none'"><img src="http://t.example/c.gif">`, "requests", "t.example/c.gif", ALL],
];

const HARMLESS = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Hello</title></head><body><main><h1>Hello</h1>
<p style="color:#222">A word and <a href="https://www.example.org/">a link</a>.</p></main></body></html>`;

let results;

before(async () => {
  const hostile = HOSTILE.map(([name, html]) => ({ id: name, kind: "requests", html }));
  results = await runAll([
    ...hostile,
    { id: "hang", kind: "words", html: `<p>x</p><script>for (;;);</script>`, seconds: 3 },
    { id: "harmless", kind: "requests", html: HARMLESS },
    { id: "csp kept", kind: "requests", html: HOSTILE.at(-1)[1], csp: "keep", variants: ["document"] },
    { id: "axe good", kind: "axe", html: HARMLESS },
    { id: "axe bad", kind: "axe", html: `<img src="http://a.example/x.png"><a href="http://a.example/"></a><p style="color:#ccc">pale</p>` },
    { id: "axe fragment", kind: "axe", html: `<p>A word</p>`, fragment: true },
    { id: "words", kind: "words", html: `<title>T</title><p>One\u00a0two <b>three</b><p hidden>four</p><a href="#"><img src="http://a.example/x.png" alt="five"></a><img src="y.png" alt="" width="1" height="1" style="display:none"><table role="presentation"><tr><td>six<td>seven</table>` },
    { id: "tree stable", kind: "tree", html: HARMLESS },
    { id: "tree unstable", kind: "tree", html: `<form><div></form><form>` },
    { id: "axtree", kind: "axtree", html: HARMLESS },
  ]);
});

describe("hostile HTML is reported", () => {
  for (const [name, , list, held, variants] of HOSTILE) {
    test(name, () => {
      const seen = results[name];
      assert.ok(!seen.error, seen.error);
      for (const variant of variants) {
        const found = seen[variant][list].some((entry) => JSON.stringify(entry).replaceAll('\\"', '"').includes(held));
        assert.ok(found, `${variant}: no ${held} among ${list}: ${JSON.stringify(seen[variant])}`);
      }
    });
  }
});

test("harmless HTML is not reported", () => {
  for (const variant of ALL) {
    for (const [list, entries] of Object.entries(results.harmless[variant])) assert.deepEqual(entries, [], `${variant} ${list}`);
  }
});

test("a policy that is kept refuses before anything is asked for", () => {
  assert.equal(results["csp kept"].csp_removed, 0);
  assert.equal(results["csp is taken out"].csp_removed, 1);
});

test("a page that hangs is an error of its own case only", () => {
  assert.match(results.hang.error, /not done within/);
});

test("axe", () => {
  assert.deepEqual(results["axe good"].violations, []);
  assert.deepEqual(results["axe fragment"].violations, []);
  const bad = results["axe bad"].violations.map(({ id }) => id);
  for (const rule of ["image-alt", "link-name", "color-contrast", "html-has-lang", "document-title"]) assert.ok(bad.includes(rule), `${rule}: ${bad}`);
  assert.ok(results["axe bad"].counts.critical > 0 && results["axe bad"].counts.serious > 0);
});

test("words", () => {
  const { words, title, lang, links, images, tables, mains } = results.words;
  assert.deepEqual(words, ["One", "two", "three", "six", "seven"]);
  assert.equal(title, "T");
  assert.equal(lang, null);
  assert.equal(mains, 0);
  assert.deepEqual(links.map(({ href, name }) => [href, name]), [["#", "five"]]);
  assert.deepEqual(images.map(({ alt, visible, role }) => [alt, visible, role]), [["five", true, "image"], ["", false, null]]);
  assert.deepEqual(tables.map(({ role, rows, columns }) => [role, rows, columns]), [["presentation", 1, 2]]);
});

test("tree", () => {
  assert.ok(results["tree stable"].document.stable);
  assert.ok(results["tree stable"].document.outline.includes("|     <main>"));
  assert.ok(!results["tree unstable"].fragment.stable || !results["tree unstable"].document.stable);
});

test("axtree", () => {
  assert.match(results.axtree.tree, /^RootWebArea "Hello".*\n {2}main\n {4}heading "Hello" level=1\n/);
});

test("the command", () => {
  const folder = mkdtempSync(join(tmpdir(), "mailrinse-selftest-"));
  const job = join(folder, "job.json");
  const run = (cases, env = process.env, ...more) => {
    writeFileSync(job, JSON.stringify(cases));
    return spawnSync(process.execPath, [RUN, job, ...more], { env, encoding: "utf8" });
  };
  try {
    const good = run([{ id: "a", kind: "screenshot", html: HARMLESS, path: join(folder, "a.png") }]);
    assert.equal(good.status, 0, good.stderr);
    assert.ok(JSON.parse(good.stdout).results.a.height > 0);
    assert.equal(readFileSync(join(folder, "a.png")).toString("latin1", 1, 4), "PNG");

    const fails = (what, code, line) => {
      assert.equal(what.status, code, what.stderr);
      assert.equal(what.stdout, "");
      assert.match(what.stderr, line);
    };
    fails(run([{ id: "a", kind: "nothing", html: "" }]), 2, /no such kind/);
    fails(run([{ id: "a", kind: "words", html: "" }], { PATH: folder }), 3, /no Chromium on PATH/);
    fails(run([{ id: "a", kind: "words", html: "<script>for(;;);</script>" }], process.env, "--limit", "3"), 4, /not done within 3 s/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
