// The inspector's page in a browser, against worlds that run: what a person does with it, and what must be true then.
//
//   node page_test.mjs TESSERA SOURCE_DIR OUT     OUT gets screenshots and what the worlds left
//
// Exits with 77, which CTest takes for skipped, where there is no chromium.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { after, before } from "node:test";
import { chromium } from "playwright-core";

const [, , tessera, source_dir, out] = process.argv;
const browser_path = "/usr/bin/chromium";
if (!existsSync(browser_path)) {
  console.log(`skipped: no ${browser_path}`);
  process.exit(77);
}

const patience_ms = 120_000; // machines that build meanwhile are slow

/** Runs a world and resolves to where its page is. */
async function run_world(name, more) {
  const file = join(out, `${name}.toml`);
  writeFileSync(
    file,
    `name = "${name}"\ngame = "herds"\nseed = 5\ntick_rate_hz = 20\ncell_size_m = 64\nextent = [128, 128]\n` +
      `terrain = "${join(source_dir, "configs/worlds/jacksboro_fault.toml")}"\nshards = "4x4"\nworkers = 2\n` +
      `[parameters]\ngrazers = 6000\npredators = 60\n`,
  );
  const child = spawn(tessera, ["run", file, "--quiet", ...more], { cwd: out });
  let said = "";
  const url = await new Promise((found, failed) => {
    const hear = (bytes) => {
      said += bytes;
      const at = /https?:\/\/\S+/.exec(said);
      if (at) found(at[0]);
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.on("exit", (code) => failed(new Error(`tessera ended with ${code} before it told its address: ${said}`)));
    setTimeout(() => failed(new Error(`tessera told no address: ${said}`)), patience_ms).unref();
  });
  return { url, child, ended: new Promise((done) => child.on("exit", done)) };
}

let browser;
let world;
let page;
const complaints = [];
const foreign = [];

before(async () => {
  mkdirSync(out, { recursive: true });
  rmSync(join(out, "kept"), { recursive: true, force: true });
  world = await run_world("page", ["--data", join(out, "kept"), "--inspect", "127.0.0.1:0"]);
  browser = await chromium.launch({ executablePath: browser_path, args: ["--no-sandbox"] });
  page = await open_page(world.url, "dark");
});

after(async () => {
  await browser?.close();
  world?.child.kill("SIGKILL");
});

async function open_page(url, colorScheme) {
  const opened = await browser.newPage({ viewport: { width: 1360, height: 860 }, colorScheme });
  opened.setDefaultTimeout(patience_ms);
  opened.on("pageerror", (e) => complaints.push(e.stack ?? String(e)));
  // The browser itself notes each refusal; those that are asked for here are no complaint.
  const refusal = /^Failed to load resource: .* status of (400|401|409|429) /;
  opened.on("console", (m) => m.type() === "error" && !refusal.test(m.text()) && complaints.push(m.text()));
  opened.on(
    "request",
    (r) => !/^(data|blob):/.test(r.url()) && new URL(r.url()).origin !== new URL(url).origin && foreign.push(r.url()),
  );
  await opened.goto(url);
  return opened;
}

/** A machine that is busy may be asked too much: 429 is no answer. */
const api = async (route) => {
  const ask = () => fetch(new URL(route, world.url));
  return (await until(ask, (answer) => answer.status !== 429, `${route} is refused`)).json();
};
const shot = (name) => page.screenshot({ path: join(out, `${name}.png`) });
const number_in = (text) => Number(text.replace(/[^0-9.-]/g, ""));
const tick_shown = async () => number_in(await page.textContent("#tick"));
const state_shown = () => page.textContent("#state");

/** Asks until it holds; fails with the last answer. */
async function until(what, holds, why) {
  const end = Date.now() + patience_ms;
  for (;;) {
    const found = await what();
    if (holds(found)) return found;
    assert.ok(Date.now() < end, `${why}; last seen: ${JSON.stringify(found)}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

let broken = false;

/** A test of a world and a page that the tests before it have left as they say: when one fails, the rest say nothing. */
function step(name, does) {
  test(name, async (t) => {
    if (broken) return t.skip("an earlier step failed");
    try {
      await does();
    } catch (e) {
      broken = true;
      await shot("failed").catch(() => {});
      throw e;
    }
  });
}

/** How many colours a canvas shows: one that was not drawn has one. */
const colours_of = (selector) =>
  page.$eval(selector, (canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size;
  });

step("ticks move", async () => {
  const first = await until(tick_shown, (t) => t > 0, "no tick is shown");
  await until(tick_shown, (t) => t > first + 10, "the tick stands still");
  assert.equal(await state_shown(), "running");
});

step("the map shows shards, whose figures move, and entities", async () => {
  const label = await until(
    () => page.getAttribute("#map", "aria-label"),
    (text) => /^Map of 16 shards; the slowest is \d+ with/.test(text ?? ""),
    "the map tells of no shard",
  );
  await until(
    () => page.getAttribute("#map", "aria-label"),
    (text) => text !== label,
    "the shards stand still",
  );
  await until(
    () => page.textContent(".legend"),
    (text) => /entities in view/.test(text),
    "no entities in view",
  );
  await until(
    () => colours_of("canvas.below"),
    (n) => n > 3000,
    "the shards are not drawn under the terrain's shading",
  );
  assert.ok((await colours_of("#map")) > 3, "entities are not drawn");
  await shot("world");
});

step("a click on the map opens the shard under it", async () => {
  const map = await page.locator("#map").boundingBox();
  await page.mouse.click(map.x + map.width / 2 + 20, map.y + map.height / 2 + 20);
  await page.waitForSelector("#selection h2");
  assert.equal(await page.textContent("#selection h2"), "Shard 10");
  const entities = await page.textContent("#selection dl");
  assert.match(entities, /Entities/);
  await page.keyboard.press("Escape");
  await page.waitForSelector("#selection", { state: "hidden" });
});

step("a search finds entities, an edit changes one in the world", async () => {
  await page.click("#tab-entities");
  await shot("entities-guide");
  await page.fill("#where", "body.energy > 0.5 and has grazer");
  await page.keyboard.press("Enter");
  await page.waitForSelector("tr.picks");
  const values = await page.$$eval("tr.picks td:nth-child(5)", (cells) => cells.map((c) => Number(c.textContent)));
  assert.ok(values.length > 10 && values.every((v) => v > 0.49), `found ${values}`);

  const id = await page.textContent("tr.picks button");
  await page.click("tr.picks button");
  await page.waitForSelector('[data-field="body.energy"]');
  assert.equal(await page.textContent("#selection h2"), id);
  const before_edit = (await api(`/api/entity?id=${id}`)).entities[0].components.body.energy;
  assert.ok(before_edit > 0.4, `energy is ${before_edit}`);
  await shot("entities");

  await page.click('[data-field="body.energy"]');
  await page.fill('[data-edits="body.energy"]', "much");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".field .bad:visible");
  await page.fill('[data-edits="body.energy"]', "0.125");
  await page.keyboard.press("Enter");
  const near = (energy) => Math.abs(energy - 0.125) < 0.05;
  await until(
    async () => (await api(`/api/entity?id=${id}`)).entities[0]?.components.body.energy,
    near,
    "the world has not changed",
  );
  await until(
    async () => Number(await page.textContent('[data-field="body.energy"]')),
    near,
    "the page shows the old value",
  );
});

step("a wrong expression is told with the server's words", async () => {
  await page.fill("#where", "no_such_field > 1");
  await page.keyboard.press("Enter");
  await until(
    () => page.textContent("#view-entities .bad"),
    (text) => /no_such_field/.test(text ?? ""),
    "nothing is told",
  );
});

step("an entity is followed on the map", async () => {
  await page.click("#selection >> text=Show on map");
  await until(
    () => page.textContent(".legend"),
    (text) => /100 m/.test(text),
    "the map is not near",
  );
  await page.waitForTimeout(1500); // for the picture: its trail
  await shot("follow");
  await page.keyboard.press("Escape");
});

step("the world is paused, stepped and run to a tick", async () => {
  await page.click("#pause");
  await until(state_shown, (s) => s === "paused", "it does not pause");
  const held = (await api("/api/status")).tick;
  await until(tick_shown, (t) => t === held, "the page shows another tick than the world's");
  await page.click("#step");
  await until(tick_shown, (t) => t === held + 1, "it does not step");
  assert.equal((await api("/api/status")).tick, held + 1);
  await page.fill("#run-to", String(held + 20));
  await page.keyboard.press("Enter");
  await until(tick_shown, (t) => t === held + 20, "it does not run to the tick");
  await until(state_shown, (s) => s === "paused", "it does not hold there");
  await page.fill("#run-to", String(held));
  await page.keyboard.press("Enter");
  await until(
    () => page.textContent("#notice"),
    (text) => text.includes(String(held)),
    "the way back is not refused",
  );
  await page.click("#pause");
  await until(tick_shown, (t) => t > held + 25, "it does not go on");
});

step("actors are shown, a trace is recorded, downloaded and opened", async () => {
  await page.click("#tab-actors");
  await until(
    () =>
      page.$$eval("#actors tbody tr", (rows) =>
        rows.map((r) => Number(r.cells[2].textContent.replace(/[^0-9.]/g, ""))),
      ),
    (messages) => messages.filter((m) => m > 0).length >= 17, // 16 shards and the conductor
    "actors are missing, or send no messages",
  );
  await page.fill("#trace-seconds", "1");
  await page.click("#record-trace");
  await page.waitForSelector("#download-trace:visible");
  await shot("actors");

  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#download-trace")]);
  const file = join(out, "page.trace");
  await download.saveAs(file);
  const bytes = readFileSync(file);
  assert.equal(bytes.subarray(0, 8).toString(), "TSRTRACE");
  const { bytes: size, records } = await api("/api/trace");
  assert.equal(bytes.length, size);
  assert.ok(records > 1000, `only ${records} records`);

  await page.click("#open-trace");
  await page.waitForSelector("dialog.timeline");
  const facts = await page.textContent("#timeline-facts");
  assert.ok(
    number_in(/([\d\s\u202f]+) records/.exec(facts)[1]) === records,
    `the file has ${records} records, the page read: ${facts}`,
  );
  assert.match(await page.textContent(".said"), /^shard \d+: tick, [\d.\u202f]+ (ms|µs), tick \d+$/);
  await shot("timeline");
  await page.keyboard.press("Escape");
  await page.waitForSelector("dialog.timeline", { state: "detached" });
});

step("frames and systems of the last ticks are shown", async () => {
  await page.click("#tab-time");
  await until(
    () => page.$$eval(".systems tbody td:first-child", (cells) => cells.map((c) => c.textContent)),
    (names) => names.includes("graze"),
    "no systems",
  );
  const tiles = await page.$$eval(".tiles dd", (cells) => cells.map((c) => c.textContent));
  assert.ok(
    tiles.every((t) => /^[\d.\u202f]+ (ms|µs)$/.test(t)),
    `found ${tiles}`,
  );
  await page.focus("canvas.tall");
  await page.keyboard.press("Enter");
  await until(
    () => page.textContent(".detail"),
    (text) => /^Tick [\d\u202f]+.*slowest shard/.test(text),
    "the slowest tick is not told of",
  );
  await page.waitForTimeout(4000); // for the picture: more ticks with systems
  await shot("time");
});

step("what is on disk is shown", async () => {
  await page.click("#tab-history");
  await until(
    () => page.textContent("#view-history"),
    (text) => /durabletick [\d\u202f]+/.test(text),
    "no watermark",
  );
  await page.waitForTimeout(2500); // for the picture: growth needs time
  await shot("history");
});

step("a page that is hidden asks nothing", async () => {
  await page.click("#tab-world");
  await until(
    () => page.textContent(".legend"),
    (text) => /entities in view/.test(text),
    "no map",
  );
  const hide = (hidden) =>
    page.evaluate((value) => {
      Object.defineProperty(document, "hidden", { value, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }, hidden);
  await hide(true);
  // What had come before may still be on its way to the screen.
  let at = 0;
  await until(
    async () => {
      const before = at;
      await page.waitForTimeout(300);
      at = await tick_shown();
      return at === before;
    },
    (rests) => rests,
    "it goes on",
  );
  let asked = 0;
  page.on("request", () => ++asked);
  await page.waitForTimeout(1500);
  assert.equal(asked, 0);
  assert.equal(await tick_shown(), at);
  await hide(false);
  await until(tick_shown, (t) => t > at, "it does not come back");
});

step("the page is light where light is preferred", async () => {
  await page.emulateMedia({ colorScheme: "light" });
  await page.click('[title^="Whole world"]');
  await until(
    () => page.textContent(".legend"),
    (text) => /[\d\u202f]+ entities in view/.test(text),
    "no entities in view",
  );
  await shot("world-light");
  const [r, g, b] = (await page.$eval("body", (at) => getComputedStyle(at).backgroundColor)).match(/\d+/g).map(Number);
  assert.ok(r + g + b > 600, `the ground is ${r} ${g} ${b}`);
});

step("nothing went wrong on the page, and it asked nobody else", () => {
  assert.deepEqual(complaints, []);
  assert.deepEqual(foreign, []);
});

step("a server that asks for a token gets it from the page's address or from the reader", async () => {
  const other = await run_world("token", ["--inspect", "0.0.0.0:0"]);
  try {
    const url = new URL(other.url.replace("0.0.0.0", "127.0.0.1"));
    const token = url.searchParams.get("token");
    assert.ok(token, `no token in ${other.url}`);
    const with_token = await open_page(url.href, "dark");
    await with_token.waitForSelector("#tick");
    assert.ok(!with_token.url().includes(token), "the token stays in the address");
    await with_token.close();

    const without = await open_page(url.origin, "dark");
    await without.waitForSelector(".cover >> text=A token is needed");
    await without.screenshot({ path: join(out, "token.png") });
    await without.fill(".cover input", token);
    await without.keyboard.press("Enter");
    await without.waitForSelector("#tick");
    await without.close();
  } finally {
    other.child.kill("SIGKILL");
  }
});

step("a world that is gone is told of", async () => {
  world.child.kill("SIGKILL");
  await world.ended;
  await page.waitForSelector("#connection[data-state=lost]");
  assert.match(await page.textContent("#connection"), /Connection lost/);
  await shot("lost");
});
