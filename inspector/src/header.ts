// The bar on top: which world, how it does, and the hold on its time.

import { post, type status } from "./api";
import { icon, make, set_text } from "./dom";
import { grouped, short } from "./format";
import { tell, telling } from "./notice";
import { now } from "./state";

const states: Record<status["state"], string> = {
  running: "running",
  paused: "paused",
  running_to: "running to",
  ended: "ended",
};
const speeds = ["x0.1", "x0.25", "x0.5", "real", "x2", "x4", "x10", "max"];
const behind = 1.05; // dilation that is worth a colour

export class header {
  private readonly tick = make("strong", { id: "tick" }, "–");
  private readonly state = make("span", { class: "pill", id: "state" }, "…");
  private readonly pace = make("dd", {}, "–");
  private readonly dilation = make("dd", {}, "–");
  private readonly entities = make("dd", {}, "–");
  private readonly pause: HTMLButtonElement;
  private readonly step: HTMLButtonElement;
  private readonly speed: HTMLSelectElement;
  private readonly run = make(
    "button",
    { type: "submit", title: "Run on until the state of this tick, and hold it there" },
    "Run to",
  );
  private readonly run_to = make("input", {
    type: "number",
    min: 0,
    step: 1,
    placeholder: "tick",
    "aria-label": "Tick to run to",
    id: "run-to",
  });

  constructor(at: HTMLElement) {
    const { world } = now();
    document.title = `${world.game} · Tessera inspector`;
    this.pause = make("button", { class: "icon", id: "pause", onclick: () => this.toggle() });
    this.step = make(
      "button",
      {
        class: "icon",
        id: "step",
        title: "One tick further (.)",
        "aria-label": "One tick further",
        onclick: () => this.one_step(),
      },
      icon("step"),
    );
    this.speed = make(
      "select",
      {
        id: "speed",
        title: "Speed",
        "aria-label": "Speed",
        onchange: () => this.order({ do: "speed", speed: this.speed.value }),
      },
      ...speeds.map((s) => make("option", { value: s }, s === "real" ? "real time" : s.replace("x", "× "))),
    );
    const fact = (name: string, value: HTMLElement, title: string) =>
      make("div", { title }, make("dt", {}, name), value);
    at.replaceChildren(
      make("h1", {}, world.game),
      make("span", { class: "dim world" }, `seed ${world.seed}, ${world.shards.length} shards (${world.layout})`),
      make("div", { class: "now" }, make("span", { class: "dim" }, "tick "), this.tick, this.state),
      make(
        "dl",
        {},
        fact("ticks/s", this.pace, `planned are ${short(world.tick_rate_hz)}`),
        fact("dilation", this.dilation, "real time over planned time of the last second; 1 when it keeps up"),
        fact("entities", this.entities, "in all shards"),
      ),
      make(
        "form",
        { class: "clock", "aria-label": "Time", onsubmit: (e) => this.run_on(e) },
        this.pause,
        this.step,
        this.run_to,
        this.run,
        this.speed,
      ),
    );
    for (const button of [this.pause, this.step]) button.type = "button";
    this.show_pause(false);
  }

  update(): void {
    const { status: s, connection } = now();
    for (const control of [this.pause, this.step, this.speed, this.run_to, this.run])
      control.toggleAttribute("disabled", connection.state !== "live" || s?.state === "ended");
    if (!s) return;
    set_text(this.tick, grouped(s.tick));
    const live = connection.state === "live";
    const until = s.state === "running_to" && s.held_at !== null ? ` ${grouped(s.held_at)}` : "";
    set_text(this.state, live || s.state === "ended" ? states[s.state] + until : "not connected");
    this.state.dataset.state = live || s.state === "ended" ? s.state : "lost";
    set_text(this.pace, short(s.ticks_per_s));
    set_text(this.dilation, s.dilation === null ? "–" : `${s.dilation.toFixed(2)} ×`);
    this.dilation.className = s.dilation !== null && s.dilation > behind ? "warn" : "";
    set_text(this.entities, grouped(s.entities));
    this.show_pause(s.state === "paused");
    if (document.activeElement !== this.speed) this.show_speed(s.speed);
  }

  toggle(): void {
    this.order({ do: this.holds() ? "resume" : "pause" });
  }

  one_step(): void {
    this.order({ do: "step", ticks: 1 });
  }

  private holds(): boolean {
    return now().status?.state === "paused";
  }

  private run_on(e: Event): void {
    e.preventDefault();
    const tick = Number(this.run_to.value);
    if (this.run_to.value === "" || !Number.isInteger(tick))
      return tell("Run to: a tick is needed, a whole number", "bad");
    this.order({ do: "run_to", tick });
  }

  private order(body: object): void {
    telling(post("/api/control", body));
  }

  private show_pause(held: boolean): void {
    const name = held ? "Go on (space)" : "Pause (space)";
    if (this.pause.title === name) return;
    this.pause.title = name;
    this.pause.setAttribute("aria-label", held ? "Go on" : "Pause");
    this.pause.replaceChildren(icon(held ? "play" : "pause"));
  }

  /** A speed that someone else gave may be none of ours. */
  private show_speed(speed: string): void {
    if (this.speed.value === speed) return;
    if (![...this.speed.options].some((o) => o.value === speed))
      this.speed.append(make("option", { value: speed }, speed.replace("x", "× ")));
    this.speed.value = speed;
  }
}
