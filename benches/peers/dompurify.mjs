// N times DOMPurify with jsdom over a file; prints the result of the last one if asked to.
import { readFileSync } from "node:fs";
import createDOMPurify from "dompurify";
import { JSDOM } from "jsdom";

const [file, times, show] = process.argv.slice(2);
const html = readFileSync(file, "utf8");
const purify = createDOMPurify(new JSDOM("").window);
let out = "";
for (let i = 0; i < Number(times); i++) out = purify.sanitize(html);
if (show) process.stdout.write(out);
