// A page on a closed network: it serves our documents under invented hosts, refuses everything else, and writes
// down whatever the page tries. What the notes mean is left to `kinds/`.
//
// Three nets, one behind the other: Chromium's own list of requests; the interception that answers them; and a proxy
// that refuses, which sees what slipped past both. Of hints (preconnect, dns-prefetch) this Chromium makes no traffic.

import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

export const MAIL = "http://mail.invalid/"; // http, so that no request is upgraded or refused as mixed content
export const HOST = "http://host.invalid/";
const FENCE = `http://${randomUUID()}.invalid/`; // no mail can name it

const OURS = "mailrinse-harness"; // the source name of the scripts that we put in ourselves
const WIRE = /^(https?|wss?|ftps?):/i;

// Runs first in every frame: the well-known ways to say "I ran" are told to us and open nothing.
const CANARY = `(() => {
  const tell = globalThis.__mailrinse;
  for (const name of ["alert", "confirm", "prompt", "print", "open"]) {
    globalThis[name] = (...args) => { tell(name + "(" + args.map(String).join(", ") + ")"); return null; };
  }
  Object.defineProperty(globalThis, "__xss", { get: () => undefined, set: (value) => tell("__xss = " + value) });
})();
//# sourceURL=${OURS}`;

// One tile for every image. It has a size of its own, so an image without width and height takes room.
const TILE = Buffer.from(
  `<svg xmlns="http://www.w3.org/2000/svg" width="160" height="120" viewBox="0 0 160 120" preserveAspectRatio="none">` +
    `<rect width="160" height="120" fill="#cfd8dc"/><path d="M0 0L160 120M160 0L0 120" stroke="#90a4ae"/></svg>`,
).toString("base64");

export class Stage {
  #browser;
  #proxy;
  #context;
  #target;
  #session;
  #frame;
  #served = new Map();
  #images = "refuse";
  #notes = blank();
  #watching = false;
  #last = 0;
  #off = [];
  #cases = 0;
  #fences = new Map();
  #crowd = false;
  #parents = new Map(); // of frames, by id
  #names = new Map();
  #contexts = new Map(); // of scripts: their frames

  static async open(browser) {
    const stage = new Stage();
    stage.#browser = browser;
    await stage.#start();
    return stage;
  }

  async close() {
    for (const off of this.#off) off();
    this.#proxy?.close();
    this.#proxy?.closeAllConnections?.();
    await this.#browser.send("Target.disposeBrowserContext", { browserContextId: this.#context }).catch(() => {});
  }

  send(method, params = {}) {
    return this.#browser.send(method, params, this.#session);
  }

  /// Loads `html` as a document of its own and returns when its load event has come. A script that goes elsewhere
  /// while its page is read keeps that event from coming: then it returns after four seconds.
  /// `served`: more documents, by URL. `crowd`: each frame of the page is a case; notes say its name (`frame`).
  async show(html, { at = MAIL, images = "refuse", width = 800, height = 1000, served = [], crowd = false } = {}) {
    await this.#blankPage();
    this.#images = images;
    this.#crowd = crowd;
    this.#parents.clear();
    this.#names.clear();
    const url = `${at}${++this.#cases}`;
    this.#served = new Map([[url, html], ...served]);
    this.#notes = blank();
    this.#watching = true;
    await this.send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: false });
    const loaded = this.#once("Page.loadEventFired");
    const { errorText } = await this.send("Page.navigate", { url });
    if (errorText) throw new Error(`the page did not load: ${errorText}`);
    await Promise.race([loaded, sleep(4000)]);
  }

  /// Returns when all that the page has asked for by now is known, however slow the machine: an image and a frame of
  /// our own, put behind everything else, have been asked for.
  async fence(where) {
    const at = `${FENCE}${++this.#cases}`;
    const asked = ["image", "frame"].map((kind) => new Promise((resolve) => this.#fences.set(`${at}/${kind}`, resolve)));
    await this.run(async (inner, url) => {
      const frame = inner === "frame" && document.getElementById("frame");
      const page = (frame && frame.contentDocument) || document;
      // A page about to leave draws nothing more.
      await new Promise((resolve) => (requestAnimationFrame(() => setTimeout(resolve)), setTimeout(resolve, 500)));
      for (const [name, kind] of [["img", "image"], ["iframe", "frame"]]) {
        const fence = Document.prototype.createElement.call(page, name);
        fence.src = `${url}/${kind}`;
        Element.prototype.append.call(page.documentElement, fence);
      }
    }, where, at);
    await Promise.race([Promise.all(asked), sleep(4000)]);
    this.#fences.clear();
    await this.run((inner, url) => {
      const frame = inner === "frame" && document.getElementById("frame");
      const children = ((frame && frame.contentDocument) || document).documentElement.children;
      for (const child of [...children]) if (String(child.src).startsWith(url)) child.remove();
    }, where, at);
  }

  /// What was tried since `show`, once nothing new has come for `quiet` ms. Nothing is written down after that.
  async notes(quiet) {
    this.#last = Date.now();
    const latest = Date.now() + 10 * quiet + 1000;
    while (Date.now() - this.#last < quiet && Date.now() < latest) await sleep(10);
    this.#watching = false;
    return this.soFar;
  }

  /// What was tried up to now; more may come.
  get soFar() {
    if (!this.#crowd) return structuredClone(this.#notes);
    // A frame's name may be known only after its first request.
    const named = (entry) => ({ ...entry, frame: this.#case(entry.frame) });
    return Object.fromEntries(Object.entries(this.#notes).map(([list, entries]) => [list, entries.map(named)]));
  }

  /// Runs our own function in the page. Its arguments and its result are JSON.
  async run(fn, ...args) {
    const expression = `(${fn})(${args.map((arg) => JSON.stringify(arg) ?? "undefined").join(", ")})\n//# sourceURL=${OURS}`;
    const { result, exceptionDetails } = await this.send("Runtime.evaluate", {
      expression,
      returnByValue: true,
      awaitPromise: true,
    });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  /// Runs script text of ours (a library) in the page.
  async inject(text) {
    await this.send("Runtime.evaluate", { expression: `${text}\n//# sourceURL=${OURS}` });
  }

  async #start() {
    this.#proxy = await this.#refuser();
    const { browserContextId } = await this.#browser.send("Target.createBrowserContext", {
      disposeOnDetach: true,
      proxyServer: `http://127.0.0.1:${this.#proxy.address().port}`,
      proxyBypassList: "<-loopback>",
    });
    this.#context = browserContextId;
    const { targetId } = await this.#browser.send("Target.createTarget", { url: "about:blank", browserContextId });
    this.#target = targetId;
    const { sessionId } = await this.#browser.send("Target.attachToTarget", { targetId, flatten: true });
    this.#session = sessionId;
    this.#listen();
    await this.send("Page.enable");
    await this.send("Network.enable");
    await this.send("Network.setCacheDisabled", { cacheDisabled: true });
    await this.send("Runtime.enable");
    await this.send("Debugger.enable");
    await this.send("Debugger.setSkipAllPauses", { skip: true });
    await this.send("Runtime.addBinding", { name: "__mailrinse" });
    await this.send("Page.addScriptToEvaluateOnNewDocument", { source: CANARY });
    await this.send("Fetch.enable", { patterns: [{ urlPattern: "*" }] });
    this.#frame = (await this.send("Page.getFrameTree")).frameTree.frame.id;
  }

  /// The last case's timers, frames and scripts end here, and with them their power to disturb the next case.
  async #blankPage() {
    this.#watching = false;
    const loaded = this.#once("Page.loadEventFired");
    await this.send("Page.navigate", { url: "about:blank" });
    await loaded;
  }

  #listen() {
    this.#on("Fetch.requestPaused", (event) => this.#answer(event).catch(() => {}));
    this.#on("Page.frameAttached", ({ frameId, parentFrameId }) => this.#parents.set(frameId, parentFrameId));
    this.#on("Runtime.executionContextCreated", ({ context }) => this.#contexts.set(context.id, context.auxData?.frameId));
    this.#on("Network.requestWillBeSent", ({ request, type, frameId }) => {
      this.#request(request.url, (type ?? "Other").toLowerCase(), frameId);
      if (type === "Document" && this.#isPage(frameId)) this.#navigation(request.url, undefined, frameId);
    });
    this.#on("Network.webSocketCreated", ({ url }) => this.#request(url, "websocket"));
    this.#on("Page.frameRequestedNavigation", ({ url, frameId, reason }) => {
      // A reload of our own URL, too; but the frames of a crowd are sent to theirs by us.
      if (this.#isPage(frameId) && !(this.#crowd && this.#own(url))) this.#note("navigations", { url, reason }, frameId);
    });
    this.#on("Page.frameScheduledNavigation", ({ url, frameId, reason }) => {
      if (this.#isPage(frameId)) this.#note("navigations", { url, reason }, frameId);
    });
    this.#on("Page.frameNavigated", ({ frame }) => {
      if (frame.parentId) this.#parents.set(frame.id, frame.parentId);
      if (frame.parentId === this.#frame && frame.name) this.#names.set(frame.id, frame.name);
      if (this.#isPage(frame.id)) this.#navigation(frame.url + (frame.urlFragment ?? ""), undefined, frame.id);
    });
    this.#on("Page.windowOpen", ({ url }) => this.#navigation(url, "window"));
    this.#on("Page.javascriptDialogOpening", ({ type, message }) => {
      this.#script("dialog", `${type}: ${message}`);
      this.send("Page.handleJavaScriptDialog", { accept: type === "beforeunload" }).catch(() => {});
    });
    this.#on("Runtime.bindingCalled", ({ payload, executionContextId }) => this.#script("canary", payload, this.#contexts.get(executionContextId)));
    this.#on("Runtime.consoleAPICalled", ({ args, executionContextId }) =>
      this.#script("console", args.map((arg) => arg.value ?? arg.description ?? arg.type).join(" "), this.#contexts.get(executionContextId)),
    );
    this.#on("Runtime.exceptionThrown", ({ exceptionDetails: it }) =>
      this.#script("error", it.exception?.description?.split("\n")[0] ?? it.text, this.#contexts.get(it.executionContextId)),
    );
    // The general case: whatever V8 compiled that we did not bring. It needs no cooperation from the script.
    this.#on("Debugger.scriptParsed", (script) => this.#parsed(script, "compiled"));
    this.#on("Debugger.scriptFailedToParse", (script) => this.#parsed(script, "not compiled"));
  }

  #parsed({ url, startLine, length, executionContextAuxData }, how) {
    if (url === OURS || executionContextAuxData?.isDefault === false) return;
    if (/^chrome(-error|-untrusted)?:/.test(url)) return; // Chromium's own error page in a refused frame
    this.#script(how, `${url || "(no name)"}:${startLine + 1}, ${length} characters`, executionContextAuxData?.frameId);
  }

  async #answer({ requestId, request, resourceType, frameId }) {
    const html = this.#served.get(request.url);
    if (html !== undefined) return this.#fulfil(requestId, 200, "text/html; charset=utf-8", Buffer.from(html).toString("base64"));
    if (request.url === `${MAIL}favicon.ico` || request.url === `${HOST}favicon.ico`) return this.#fulfil(requestId, 204);
    if (request.url.startsWith(FENCE)) {
      this.#fences.get(request.url)?.();
      return this.#fulfil(requestId, 204);
    }
    this.#request(request.url, resourceType.toLowerCase(), frameId);
    if (this.#images === "tile" && resourceType === "Image") return this.#fulfil(requestId, 200, "image/svg+xml", TILE);
    // 204 leaves the page as it is, where an abort would put Chromium's error page in its place.
    if (resourceType === "Document") return this.#fulfil(requestId, 204);
    return this.send("Fetch.failRequest", { requestId, errorReason: "BlockedByClient" });
  }

  #fulfil(requestId, responseCode, type = "text/plain", body = "") {
    return this.send("Fetch.fulfillRequest", {
      requestId,
      responseCode,
      responseHeaders: [
        { name: "Content-Type", value: type },
        { name: "Access-Control-Allow-Origin", value: "*" },
      ],
      body,
    });
  }

  #refuser() {
    const server = createServer((request, response) => {
      this.#request(request.url, "escaped");
      response.writeHead(403).end();
    });
    server.on("connect", (request, socket) => {
      socket.on("error", () => {});
      this.#request(`https://${request.url.replace(/:443$/, "")}/`, "connect");
      socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
    });
    server.on("clientError", (_error, socket) => socket.destroy());
    server.unref();
    return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
  }

  #request(url, type, frame) {
    if (this.#own(url)) return;
    this.#note(WIRE.test(url) ? "requests" : "local", { url: url.slice(0, 2000), type }, frame);
  }

  #navigation(url, reason = "navigated", frame) {
    if (this.#own(url)) return;
    this.#note("navigations", { url: url.slice(0, 2000), reason }, frame);
  }

  #script(how, what, frame) {
    this.#note("scripts", { how, what: String(what).slice(0, 500) }, frame);
  }

  /// Whether a frame stands for a whole page: ours, and in a crowd each that is directly in it.
  #isPage(frame) {
    return frame === this.#frame || (this.#crowd && this.#parents.get(frame) === this.#frame);
  }

  /// The name of the case that a frame is of, however deep; null if nobody knows.
  #case(frame) {
    for (let at = frame; at; at = this.#parents.get(at)) if (this.#names.has(at)) return this.#names.get(at);
    return null;
  }

  #own(url) {
    return this.#served.has(url) || url.startsWith(FENCE) || /^about:(blank|srcdoc)/.test(url) || /^http:\/\/(mail|host)\.invalid\/favicon\.ico$/.test(url);
  }

  #note(list, entry, frame) {
    if (!this.#watching) return;
    if (this.#crowd) entry = { ...entry, frame };
    this.#last = Date.now();
    const key = JSON.stringify(entry);
    if (!this.#notes[list].some((other) => JSON.stringify(other) === key)) this.#notes[list].push(entry);
  }

  #on(method, hear) {
    const mine = (params, session) => session === this.#session && hear(params);
    this.#browser.on(method, mine);
    this.#off.push(() => this.#browser.off(method, mine));
  }

  #once(method) {
    return new Promise((resolve) => {
      const mine = (params, session) => {
        if (session !== this.#session) return;
        this.#browser.off(method, mine);
        resolve(params);
      };
      this.#browser.on(method, mine);
    });
  }
}

function blank() {
  return { requests: [], local: [], scripts: [], navigations: [] };
}
