// What actors do: a table, who sends whom, and traces. Looking arms the recorder; it is let go when this view is left.

import { get, post, type actors_answer } from "./api";
import { actor_graph, shard_of } from "./actor_graph";
import { make, set_text } from "./dom";
import { on_scheme_change } from "./colours";
import { grouped, milliseconds, short } from "./format";
import type { wish } from "./live";
import { polling } from "./polling";
import { now, select } from "./state";
import { trace_controls } from "./trace_controls";
import type { view } from "./view";

type actor = actors_answer["actors"][number];

const refresh_ms = 1000;
const watch_s = 10;
const watch_again_ms = 6000;
const shown_messages = 12;

interface column {
  title: string;
  hint: string;
  value: (a: actor, seconds: number) => number | string;
  text: (a: actor, seconds: number) => string;
}

const columns: column[] = [
  { title: "actor", hint: "", value: (a) => a.name, text: (a) => a.name },
  {
    title: "state",
    hint: "running inside a handler, waiting with messages in its mailbox, or idle",
    value: (a) => a.state,
    text: (a) => a.state,
  },
  { title: "messages/s", hint: "handled", value: (a) => a.handled_per_s, text: (a) => short(a.handled_per_s) },
  { title: "mailbox", hint: "messages that wait now", value: (a) => a.waiting, text: (a) => grouped(a.waiting) },
  {
    title: "busy",
    hint: "share of the time spent in handlers",
    value: (a, s) => a.run_ms.sum / s,
    text: (a, s) => `${short(a.run_ms.sum / s / 10)} %`,
  },
  {
    title: "run p50",
    hint: "time of a handler, median",
    value: (a) => a.run_ms.p50,
    text: (a) => milliseconds(a.run_ms.p50),
  },
  {
    title: "run p99",
    hint: "time of a handler, one in a hundred is longer",
    value: (a) => a.run_ms.p99,
    text: (a) => milliseconds(a.run_ms.p99),
  },
  {
    title: "wait p50",
    hint: "from being sent to being handled, median",
    value: (a) => a.wait_ms.p50,
    text: (a) => milliseconds(a.wait_ms.p50),
  },
  {
    title: "wait p99",
    hint: "from being sent to being handled, one in a hundred waits longer",
    value: (a) => a.wait_ms.p99,
    text: (a) => milliseconds(a.wait_ms.p99),
  },
];

export class actors_view implements view {
  readonly name = "actors";
  readonly label = "Actors";
  readonly element: HTMLElement;
  private readonly said = make("span", { class: "dim", role: "status" }, "Arming the recorder…");
  private readonly filter = make("input", {
    type: "search",
    placeholder: "filter by name",
    "aria-label": "Filter actors by name",
    oninput: () => this.fill(),
  });
  private readonly heads: HTMLTableCellElement[];
  private readonly body = make("tbody");
  private readonly rows = new Map<number, HTMLTableRowElement>();
  private readonly messages = make("div", { class: "messages" });
  private readonly graph = new actor_graph(
    () => this.chosen,
    (actor) => this.choose(actor),
  );
  private readonly poll: polling;
  private answer: actors_answer | null = null;
  private chosen: number | null = null;
  private sorted = { column: 4, down: true };
  private armed_at = -Infinity;

  constructor() {
    this.heads = columns.map(({ title, hint }, i) =>
      make(
        "th",
        { scope: "col", title: hint, "aria-sort": "none" },
        make("button", { class: "sort", onclick: () => this.sort(i) }, title),
      ),
    );
    this.element = make(
      "section",
      { class: "view" },
      new trace_controls().element,
      make("div", { class: "row" }, this.filter, this.said),
      make(
        "div",
        { class: "beside actors" },
        make(
          "div",
          { class: "panel scroll" },
          make("table", { id: "actors" }, make("thead", {}, make("tr", {}, ...this.heads)), this.body),
        ),
        make(
          "div",
          { class: "panel sticky" },
          make("header", {}, make("h2", {}, "Who sends whom")),
          this.graph.element,
          this.messages,
        ),
      ),
    );
    on_scheme_change(() => this.graph.draw());
    this.poll = new polling(
      refresh_ms,
      () => this.ask(),
      (why) => set_text(this.said, why instanceof TypeError ? "The server cannot be reached" : why.message),
    );
    this.show_order();
  }

  show(): void {
    this.armed_at = -Infinity;
    this.poll.start();
  }

  hide(): void {
    this.poll.stop();
  }

  update(): void {}

  wishes(): wish {
    return {};
  }

  private async ask(): Promise<void> {
    if (performance.now() - this.armed_at > watch_again_ms) {
      await post("/api/actors/watch", { seconds: watch_s });
      this.armed_at = performance.now();
    }
    const found = await get<actors_answer>("/api/actors");
    if (found.actors.length === 0 || found.seconds <= 0) return;
    this.answer = found;
    const lost = found.lost > 0 ? `; ${grouped(found.lost)} records lost` : "";
    set_text(
      this.said,
      `${found.actors.length} actors over the last ${short(found.seconds)} s${lost}. The recorder is armed while this is in sight.`,
    );
    this.graph.take(found);
    this.fill();
  }

  private sort(column: number): void {
    const down = this.sorted.column === column ? !this.sorted.down : column > 1;
    this.sorted = { column, down };
    this.show_order();
    this.fill();
  }

  private show_order(): void {
    this.heads.forEach((h, i) =>
      h.setAttribute("aria-sort", i !== this.sorted.column ? "none" : this.sorted.down ? "descending" : "ascending"),
    );
  }

  private fill(): void {
    const { answer } = this;
    if (!answer) return;
    const wanted = this.filter.value.trim().toLowerCase();
    const { value } = columns[this.sorted.column]!;
    const way = this.sorted.down ? -1 : 1;
    const shown = answer.actors
      .filter((a) => a.name.toLowerCase().includes(wanted))
      .sort((a, b) => way * compare(value(a, answer.seconds), value(b, answer.seconds)) || a.actor - b.actor);
    const here = new Set(shown.map((a) => a.actor));
    for (const [actor, row] of this.rows)
      if (!here.has(actor)) {
        row.remove();
        this.rows.delete(actor);
      }
    shown.forEach((a, i) => {
      const row = this.rows.get(a.actor) ?? this.add_row(a);
      if (this.body.children[i] !== row) this.body.insertBefore(row, this.body.children[i] ?? null);
      columns.forEach((c, k) =>
        set_text(k === 0 ? row.cells[0]!.firstElementChild! : row.cells[k]!, c.text(a, answer.seconds)),
      );
      row.dataset.state = a.state;
      row.toggleAttribute("data-chosen", a.actor === this.chosen);
    });
    this.fill_messages();
  }

  private add_row(a: actor): HTMLTableRowElement {
    const name = make(
      "button",
      { class: "link", onclick: (e) => (e.stopPropagation(), this.choose(a.actor, true)) },
      a.name,
    );
    const row = make("tr", { class: "picks", onclick: () => this.choose(a.actor, true) }, make("td", {}, name));
    while (row.cells.length < columns.length) row.insertCell();
    this.rows.set(a.actor, row);
    return row;
  }

  private choose(actor: number | null, again_lets_go = false): void {
    this.chosen = again_lets_go && actor === this.chosen ? null : actor;
    this.graph.draw();
    this.fill();
  }

  private fill_messages(): void {
    const { answer, chosen } = this;
    const name_of = (actor: number) => answer?.actors.find((a) => a.actor === actor)?.name ?? "outside";
    const edges = (answer?.edges ?? []).filter((e) => chosen === null || e.from === chosen || e.to === chosen);
    const by_message = new Map<string, { message: string; way: string; per_s: number; peers: Set<number> }>();
    for (const e of edges) {
      const way = chosen === null ? "" : e.from === chosen ? "sends" : "gets";
      const known = by_message.get(`${way} ${e.message}`) ?? {
        message: e.message,
        way,
        per_s: 0,
        peers: new Set<number>(),
      };
      known.per_s += e.per_s;
      known.peers.add(e.from === chosen ? e.to : e.from);
      by_message.set(`${way} ${e.message}`, known);
    }
    const busiest = [...by_message.values()].sort((a, b) => b.per_s - a.per_s).slice(0, shown_messages);
    const peers = (of: Set<number>) => (of.size === 1 ? name_of([...of][0]!) : `${of.size} actors`);
    const shard = chosen === null ? undefined : shard_of(name_of(chosen));
    this.messages.replaceChildren(
      make(
        "table",
        {},
        make(
          "thead",
          {},
          make(
            "tr",
            {},
            make("th", {}, chosen === null ? "message" : name_of(chosen)),
            make("th", {}, "messages/s"),
            make("th", {}, chosen === null ? "from" : "with"),
          ),
        ),
        make(
          "tbody",
          {},
          ...busiest.map((m) =>
            make(
              "tr",
              {},
              make("td", {}, `${m.way} ${m.message}`.trim()),
              make("td", {}, short(m.per_s)),
              make("td", {}, peers(m.peers)),
            ),
          ),
        ),
      ),
    );
    if (shard !== undefined && now().world.shards[shard])
      this.messages.append(make("button", { onclick: () => select({ kind: "shard", shard }) }, `Open shard ${shard}`));
  }
}

/** "shard 2" comes before "shard 10". */
function compare(a: number | string, b: number | string): number {
  return typeof a === "number" && typeof b === "number"
    ? a - b
    : String(a).localeCompare(String(b), "en", { numeric: true });
}
