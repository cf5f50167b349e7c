// All that an entity is, live, with units. A click on a value edits it.

import { get, post, refused, type edit_answer, type entity, type entity_answer, type field_value } from "./api";
import { make, set_text } from "./dom";
import { grouped, metres, short } from "./format";
import { tell, telling } from "./notice";
import { change, now, select } from "./state";
import type { places } from "./selection_panel";
import { exact_value, parse_value, show_value, unit_of, type field } from "./values";

const shown_crossings = 8;

export class entity_card {
  readonly element: HTMLElement;
  private readonly place = make("p", { class: "dim" });
  private readonly state = make("p", { class: "warn small", role: "status", hidden: true });
  private readonly tags = make("p", { class: "tags" });
  private readonly parts = make("div");
  private readonly crossings = make("div", { hidden: true });
  private readonly rows = new Map<string, field_row>();
  private made_of = "";

  constructor(
    private readonly id: string,
    go: places,
  ) {
    this.element = make(
      "div",
      {},
      make("h2", { class: "mono" }, id),
      this.place,
      this.state,
      make(
        "div",
        { class: "row" },
        make(
          "button",
          {
            onclick: () => {
              const at = now().track?.entity;
              if (at) go.show_place(at.x_m, at.z_m);
            },
          },
          "Show on map",
        ),
        make("button", { onclick: () => telling(this.copy_id()) }, "Copy id"),
      ),
      this.tags,
      this.parts,
      this.crossings,
    );
    telling(this.look_once());
  }

  update(): void {
    const { track } = now();
    const e = track?.entity;
    this.state.hidden = !track?.missing;
    if (track?.missing)
      set_text(
        this.state,
        e
          ? "No shard has it now. It has died, or travels; what stands here was last seen."
          : "No shard has an entity of this id: it was never born, has died, or travels.",
      );
    if (!e) return;
    set_text(this.place, `in shard ${e.shard}, ${metres(e.x_m)} east, ${metres(e.z_m)} south, ${short(e.y_m)} m high`);
    this.tags.hidden = e.tags.length === 0;
    if (this.tags.dataset.shown !== e.tags.join()) {
      this.tags.dataset.shown = e.tags.join();
      this.tags.replaceChildren(...e.tags.map((t) => make("span", { class: "tag" }, t)));
    }
    const made_of = Object.keys(e.components).join();
    if (made_of !== this.made_of) {
      this.made_of = made_of;
      this.build(e);
    }
    for (const [component, fields] of Object.entries(e.components))
      for (const [name, value] of Object.entries(fields))
        this.rows.get(`${component}.${name}`)?.show(value, track.tick);
    this.show_crossings(track.crossings);
  }

  /** A world that is held sends no news: its first answer comes from here. */
  private async look_once(): Promise<void> {
    try {
      const found = await get<entity_answer>("/api/entity", { id: this.id });
      const { track, selection } = now();
      if (track && !track.entity && selection?.kind === "entity" && selection.id === this.id)
        change({ track: { ...track, entity: found.entities[0] ?? null, tick: found.tick, missing: false } });
    } catch (e) {
      const { track } = now();
      if (!(e instanceof refused && e.code === 404)) throw e;
      if (track) change({ track: { ...track, missing: true } });
    }
  }

  private async copy_id(): Promise<void> {
    await navigator.clipboard.writeText(this.id);
    tell("The id is in the clipboard");
  }

  private build(e: entity): void {
    const { components } = now().world;
    this.rows.clear();
    const parts = Object.entries(e.components)
      .filter(([name]) => name !== "position")
      .map(([name, values]) => {
        const fields = components.find((c) => c.name === name)?.fields ?? [];
        const rows = Object.keys(values).map((f) => {
          const known = fields.find((k) => k.name === f) ?? { name: f, type: "f64", unit: "" };
          const row = new field_row(this.id, name, known);
          this.rows.set(`${name}.${f}`, row);
          return row.element;
        });
        return make("section", { class: "component" }, make("h3", {}, name), ...rows);
      });
    this.parts.replaceChildren(...parts);
  }

  private show_crossings(all: { tick: number; from: number; to: number }[]): void {
    this.crossings.hidden = all.length === 0;
    const shown = `${all.length} ${all[0]?.tick}`;
    if (this.crossings.dataset.shown === shown) return;
    this.crossings.dataset.shown = shown;
    const shard = (s: number) =>
      make("button", { class: "link", onclick: () => select({ kind: "shard", shard: s }) }, `shard ${s}`);
    this.crossings.replaceChildren(
      make("h3", {}, "Changed shards"),
      ...all
        .slice(0, shown_crossings)
        .map((c) => make("div", {}, `tick ${grouped(c.tick)}: `, shard(c.from), " → ", shard(c.to))),
    );
  }
}

/** One field: its value, which a click turns into an input. */
class field_row {
  readonly element: HTMLElement;
  private readonly value: HTMLButtonElement;
  private readonly input: HTMLInputElement;
  private readonly wrong = make("p", { class: "bad small", role: "alert", hidden: true });
  private newest: field_value = 0;
  /** An edit that is applied when a held world goes on to this tick. */
  private waiting: { value: field_value; tick: number } | null = null;

  constructor(
    private readonly id: string,
    private readonly component: string,
    private readonly field: field,
  ) {
    const name = `${component}.${field.name}`;
    this.value = make("button", {
      class: "value",
      title: `Edit (${field.type})`,
      "data-field": name,
      onclick: () => this.edit(),
    });
    this.input = make("input", {
      hidden: true,
      "aria-label": name,
      "data-edits": name,
      autocomplete: "off",
      spellcheck: "false",
      onkeydown: (e) => this.press(e as KeyboardEvent),
      onblur: () => this.leave(),
    });
    const unit = make("span", { class: "unit" }, unit_of(field));
    this.element = make(
      "div",
      { class: "field" },
      make("span", { class: "name" }, field.name),
      this.value,
      this.input,
      unit,
      this.wrong,
    );
  }

  show(value: field_value, tick: number): void {
    this.newest = value;
    if (this.waiting && tick >= this.waiting.tick) this.waiting = null;
    this.value.classList.toggle("waiting", this.waiting !== null);
    set_text(this.value, show_value(this.waiting?.value ?? value, this.field));
  }

  private edit(): void {
    this.input.value = exact_value(this.newest);
    this.input.hidden = false;
    this.value.hidden = true;
    this.input.focus();
    this.input.select();
  }

  private leave(): void {
    this.input.hidden = true;
    this.value.hidden = false;
    this.wrong.hidden = true;
  }

  private press(e: KeyboardEvent): void {
    if (e.key === "Escape") {
      e.stopPropagation();
      this.leave();
      this.value.focus();
    } else if (e.key === "Enter") {
      this.send().catch((error: unknown) => {
        this.wrong.hidden = false;
        set_text(this.wrong, error instanceof Error ? error.message : String(error));
      });
    }
  }

  private async send(): Promise<void> {
    const value = parse_value(this.input.value, this.field.type);
    const body = { id: this.id, component: this.component, value: { [this.field.name]: value } };
    const done = await post<edit_answer>("/api/entity", body);
    const what = `${this.component}.${this.field.name} = ${exact_value(value)}`;
    if (done.result === "waiting") {
      this.waiting = { value, tick: done.tick };
      tell(`${what} waits for the world to go on, at tick ${grouped(done.tick)}`);
    } else tell(`${what} since tick ${grouped(done.tick)}`);
    this.leave();
    this.value.focus();
  }
}
