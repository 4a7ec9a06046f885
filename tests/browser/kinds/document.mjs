// A fragment needs a page around it before it can be judged as a reader would meet it.

export function asDocument(html, fragment) {
  if (!fragment) return html;
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A page</title></head><body><main>${html}</main></body></html>`;
}
