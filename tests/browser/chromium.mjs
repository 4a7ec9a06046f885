// Finds Debian's Chromium, starts it and speaks its DevTools protocol over a pipe. Knows nothing of mail.
//
// The protocol is spoken by hand (a message is JSON ended by NUL) since the tests need its plain events,
// and a driver library would ask for a newer Node.js than Debian 12 has.

import { spawn } from "node:child_process";
import { EventEmitter } from "node:events";
import { accessSync, constants, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

const NAMES = ["chromium", "chromium-headless-shell", "chromium-browser", "google-chrome"];

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--disable-dev-shm-usage",
  "--disable-extensions",
  "--disable-sync",
  "--disable-component-update",
  "--disable-background-networking",
  "--disable-client-side-phishing-detection",
  "--disable-default-apps",
  "--disable-popup-blocking",
  "--disable-background-timer-throttling",
  "--disable-backgrounding-occluded-windows",
  "--disable-renderer-backgrounding",
  "--no-first-run",
  "--no-default-browser-check",
  "--no-service-autorun",
  "--metrics-recording-only",
  "--password-store=basic",
  "--use-mock-keychain",
  "--mute-audio",
  "--hide-scrollbars",
  "--force-color-profile=srgb",
  "--lang=en-GB",
  // One target per page, whatever frames it holds, so that no frame escapes our events.
  "--disable-site-isolation-trials",
  "--disable-features=IsolateOrigins,site-per-process,HttpsUpgrades,HttpsFirstBalancedModeAutoEnable," +
    "AutofillServerCommunication,NavigationPredictor,OptimizationHints,PreconnectToSearch,MediaRouter,Translate,PaintHolding",
  "--remote-debugging-pipe",
];

// No connections ahead of time: to a link that the pointer rests on, or to the search engine.
const PREFERENCES = { net: { network_prediction_options: 2 }, search: { suggest_enabled: false } };

/// The path of a Chromium, or null. The variable CHROMIUM goes before PATH.
export function find() {
  const wanted = process.env.CHROMIUM ? [process.env.CHROMIUM] : NAMES;
  const folders = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  for (const name of wanted) {
    const places = name.includes("/") ? [name] : folders.map((folder) => join(folder, name));
    const found = places.find(executable);
    if (found) return found;
  }
  return null;
}

function executable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/// A running Chromium. `send` asks it, events come out by method name with (params, sessionId).
export class Chromium extends EventEmitter {
  #child;
  #profile;
  #waiting = new Map();
  #next = 1;
  #gone = false;
  #said = "";

  static start(path) {
    return new Chromium(path);
  }

  constructor(path) {
    super();
    this.setMaxListeners(0);
    this.#profile = mkdtempSync(join(tmpdir(), "mailrinse-chromium-"));
    mkdirSync(join(this.#profile, "Default"));
    writeFileSync(join(this.#profile, "Default", "Preferences"), JSON.stringify(PREFERENCES));
    this.#child = spawn(path, [...FLAGS, `--user-data-dir=${this.#profile}`], {
      stdio: ["ignore", "ignore", "pipe", "pipe", "pipe"],
      detached: true, // its own process group, so that kill() takes its helpers along and nothing else
    });
    this.#child.stderr.on("data", (data) => (this.#said = (this.#said + data).slice(-2000)));
    this.#child.on("error", (error) => this.#end(error.message));
    this.#child.on("exit", (code, signal) => this.#end(`ended (${signal ?? code})`));
    this.#child.stdio[3].on("error", () => {}); // a write to a browser that has just ended
    this.#read(this.#child.stdio[4]);
  }

  send(method, params = {}, sessionId = undefined) {
    if (this.#gone) return Promise.reject(new Error("Chromium is gone"));
    const id = this.#next++;
    this.#child.stdio[3].write(JSON.stringify({ id, method, params, sessionId }) + "\0");
    return new Promise((resolve, reject) => this.#waiting.set(id, { method, resolve, reject }));
  }

  /// Asks it to close, kills its process group if it has not within two seconds.
  async close() {
    const ended = new Promise((resolve) => (this.#gone ? resolve() : this.once("gone", resolve)));
    this.send("Browser.close").catch(() => {});
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 2000))]);
    this.kill();
  }

  kill() {
    try {
      process.kill(-this.#child.pid, "SIGKILL");
    } catch {
      // Ended already.
    }
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }

  #read(stream) {
    let pieces = [];
    stream.on("data", (data) => {
      let from = 0;
      for (let end = data.indexOf(0); end >= 0; end = data.indexOf(0, from)) {
        pieces.push(data.subarray(from, end));
        const text = Buffer.concat(pieces).toString("utf8");
        pieces = [];
        from = end + 1;
        this.#hear(JSON.parse(text));
      }
      if (from < data.length) pieces.push(data.subarray(from));
    });
  }

  #hear(message) {
    if (!message.id) {
      this.emit(message.method, message.params, message.sessionId);
      return;
    }
    const asked = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (!asked) return;
    if (message.error) asked.reject(new Error(`${asked.method}: ${message.error.message}`));
    else asked.resolve(message.result);
  }

  #end(why) {
    if (this.#gone) return;
    this.#gone = true;
    for (const { method, reject } of this.#waiting.values()) {
      reject(new Error(`${method}: Chromium ${why} ${this.#said.trim().split("\n").pop() ?? ""}`.trim()));
    }
    this.#waiting.clear();
    this.emit("gone");
  }
}
