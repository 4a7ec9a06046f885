// A picture of the whole page, with a grey tile for every image, written to the job's `path`.

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { asDocument } from "./document.mjs";

export default async function screenshot(stage, html, { path, fragment = false, width }) {
  if (!path) throw new Error("a screenshot needs a path");
  await stage.show(asDocument(html, fragment), { images: "tile", width });
  await stage.notes(100);
  const { cssContentSize: size } = await stage.send("Page.getLayoutMetrics");
  const clip = { x: 0, y: 0, width: Math.ceil(size.width), height: Math.min(Math.ceil(size.height), 16000), scale: 1 };
  const { data } = await stage.send("Page.captureScreenshot", { format: "png", clip, captureBeyondViewport: true });
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, Buffer.from(data, "base64"));
  return { path, width: clip.width, height: clip.height };
}
