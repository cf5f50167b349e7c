// Finds entities: by id, by component, by an expression over their fields. Results stay current while in sight.

import { get, refused, type search_answer } from "./api";
import { make, set_text } from "./dom";
import { grouped, metres } from "./format";
import type { wish } from "./live";
import { polling } from "./polling";
import { now, select } from "./state";
import { show_value, unit_of } from "./values";
import type { view } from "./view";

const refresh_ms = 1000;
const most = 200;

export class entities_view implements view {
  readonly name = "entities";
  readonly label = "Entities";
  readonly element: HTMLElement;
  private readonly where = make("input", {
    id: "where",
    class: "wide mono",
    type: "search",
    autocomplete: "off",
    spellcheck: "false",
    maxlength: 500,
    placeholder: "an id, or an expression over fields",
    "aria-label": "Id or expression",
  });
  private readonly component: HTMLSelectElement;
  private readonly said = make("p", { role: "status", class: "dim" });
  private readonly table = make("table", { hidden: true });
  private readonly rows = new Map<string, HTMLTableRowElement>();
  private readonly body = make("tbody", { onkeydown: (e) => this.walk(e as KeyboardEvent) });
  private readonly head = make("thead");
  private readonly guide: HTMLElement;
  private readonly poll: polling;
  private asked: { where: string; component: string } | null = null;

  constructor() {
    const { world } = now();
    this.component = make(
      "select",
      { "aria-label": "With component", id: "with-component" },
      make("option", { value: "" }, "any component"),
      ...world.components.map((c) => make("option", { value: c.name }, `with ${c.name}`)),
    );
    this.component.onchange = () => this.search();
    this.guide = this.make_guide();
    this.table.append(this.head, this.body);
    const form = make(
      "form",
      { class: "row search", role: "search", onsubmit: (e) => (e.preventDefault(), this.search()) },
      this.where,
      this.component,
      make("button", { class: "primary" }, "Search"),
    );
    this.element = make(
      "section",
      { class: "view" },
      form,
      this.said,
      make("div", { class: "scroll" }, this.table),
      this.guide,
    );
    this.poll = new polling(
      refresh_ms,
      () => this.ask(),
      (why) => this.fail(why),
    );
  }

  show(): void {
    this.poll.start();
  }

  hide(): void {
    this.poll.stop();
  }

  update(): void {
    const { selection } = now();
    const chosen = selection?.kind === "entity" ? selection.id : "";
    for (const [id, row] of this.rows) row.toggleAttribute("data-chosen", id === chosen);
  }

  wishes(): wish {
    return {};
  }

  focus(): void {
    this.where.focus();
    this.where.select();
  }

  private search(): void {
    const where = this.where.value.trim();
    if (/^"?[0-9a-f]{16}"?$/i.test(where)) {
      select({ kind: "entity", id: where.replaceAll('"', "").toLowerCase() });
      return;
    }
    this.asked = where || this.component.value ? { where, component: this.component.value } : null;
    this.poll.stop();
    this.poll.start();
  }

  private async ask(): Promise<void> {
    const { asked } = this;
    this.guide.hidden = asked !== null;
    this.table.hidden = asked === null;
    if (!asked) return set_text(this.said, "");
    const found = await get<search_answer>("/api/search", { ...asked, most });
    if (asked !== this.asked) return; // another question came meanwhile
    this.said.className = "dim";
    const shown = found.shown < found.count ? `; the ${grouped(found.shown)} lowest ids are shown` : "";
    set_text(
      this.said,
      `${grouped(found.count)} of ${grouped(now().status?.entities ?? found.count)} entities at tick ${grouped(found.tick)}${shown}`,
    );
    this.fill(found);
  }

  private fail(why: Error): void {
    this.said.className = "bad";
    set_text(this.said, why instanceof TypeError ? "The server cannot be reached" : why.message);
    // A question that is wrong stays wrong.
    if (why instanceof refused && why.code === 400) {
      this.asked = null;
      this.poll.stop();
      this.table.hidden = true;
      this.guide.hidden = false;
    }
  }

  private fill(found: search_answer): void {
    const columns = [...new Set(found.entities.flatMap((e) => Object.keys(e.values)))];
    const titles = ["id", "shard", "east", "south", ...columns];
    if (this.head.dataset.shown !== titles.join()) {
      this.head.dataset.shown = titles.join();
      this.head.replaceChildren(make("tr", {}, ...titles.map((t) => make("th", { scope: "col" }, t))));
    }
    const here = new Set(found.entities.map((e) => e.id));
    for (const [id, row] of this.rows)
      if (!here.has(id)) {
        row.remove();
        this.rows.delete(id);
      }
    let before: Element | null = null;
    for (const e of found.entities) {
      const row = this.rows.get(e.id) ?? this.add_row(e.id);
      const place: Element | null = before ? before.nextElementSibling : this.body.firstElementChild;
      if (place !== row) this.body.insertBefore(row, place);
      before = row;
      const texts = [
        String(e.shard),
        metres(e.x_m),
        metres(e.z_m),
        ...columns.map((c) => this.value_text(c, e.values[c])),
      ];
      while (row.cells.length > texts.length + 1) row.deleteCell(-1);
      texts.forEach((text, i) => set_text(row.cells[i + 1] ?? row.insertCell(), text));
    }
    this.update();
  }

  private value_text(column: string, value: search_answer["entities"][number]["values"][string] | undefined): string {
    if (value === undefined) return "–";
    const [component, field] = column.split(".");
    const known = now()
      .world.components.find((c) => c.name === component)
      ?.fields.find((f) => f.name === field);
    return `${show_value(value, known)} ${unit_of(known)}`.trim();
  }

  private add_row(id: string): HTMLTableRowElement {
    const open = () => select({ kind: "entity", id });
    const row = make(
      "tr",
      { class: "picks", onclick: open },
      make("td", {}, make("button", { class: "link mono" }, id)),
    );
    this.rows.set(id, row);
    return row;
  }

  /** Up and down go from row to row. */
  private walk(e: KeyboardEvent): void {
    const row = e.target instanceof Element ? e.target.closest("tr") : null;
    const next =
      e.key === "ArrowDown" ? row?.nextElementSibling : e.key === "ArrowUp" ? row?.previousElementSibling : null;
    if (!next) return;
    e.preventDefault();
    next.querySelector("button")?.focus();
  }

  /** What this game's entities have, to begin an expression with. */
  private make_guide(): HTMLElement {
    const { components } = now().world;
    // A ratio makes the best example: everybody knows what 0.8 of it means.
    const fields = components
      .filter((c) => c.name !== "position")
      .flatMap((c) => c.fields.map((f) => ({ ...f, path: `${c.name}.${f.name}` })));
    const ratios = fields.filter((f) => f.type.startsWith("f") && f.unit === "1");
    const example = (ratios[0] ?? fields[0])?.path ?? "needs.hunger";
    const tag = components.find((c) => c.kind === "tag")?.name ?? "asleep";
    const insert = (text: string) => () => {
      this.where.value = `${this.where.value.trim()} ${text}`.trim();
      this.where.focus();
    };
    const examples = [`${example} > 0.8`, `${example} < 0.2 and not has ${tag}`];
    return make(
      "div",
      { class: "guide" },
      make(
        "p",
        { class: "dim" },
        "Compare fields with < <= > >= == !=, join with and, or, not, and parentheses; ",
        make("code", {}, "has NAME"),
        " asks for a component or tag. For example: ",
        ...examples.flatMap((x, i) => [
          i > 0 ? ", " : "",
          make("button", { class: "link mono", onclick: () => ((this.where.value = x), this.search()) }, x),
        ]),
      ),
      make(
        "div",
        { class: "components" },
        ...components
          .filter((c) => c.name !== "position")
          .map((c) =>
            make(
              "section",
              { class: "card" },
              make("h3", {}, c.name, make("span", { class: "dim" }, c.kind === "dense" ? "" : ` ${c.kind}`)),
              c.fields.length === 0
                ? make("button", { class: "link mono", onclick: insert(`has ${c.name}`) }, `has ${c.name}`)
                : null,
              ...c.fields.map((f) =>
                make(
                  "div",
                  { class: "field" },
                  make("button", { class: "link mono", onclick: insert(`${c.name}.${f.name}`) }, f.name),
                  make("span", { class: "dim" }, `${f.type} ${unit_of(f)}`.trim()),
                ),
              ),
            ),
          ),
      ),
    );
  }
}
