// Puts the page together: asks which world this is, makes its views, keeps one of them in sight.

import { get, refused, use_token, type world } from "./api";
import { actors_view } from "./actors_view";
import { by_id, make, set_text } from "./dom";
import { entities_view } from "./entities_view";
import { header } from "./header";
import { history_view } from "./history_view";
import { ask_for, type wish } from "./live";
import { begin, has_begun, now, select, watch, type selection } from "./state";
import { selection_panel } from "./selection_panel";
import { time_view } from "./time_view";
import type { view } from "./view";
import { world_view } from "./world_view";

const retry_ms = 1500;

async function start(): Promise<void> {
  try {
    begin(await get<world>("/api/world"));
  } catch (e) {
    if (e instanceof refused && e.code === 401) return ask_for_token(e.message);
    show_cover(
      "No answer from the world",
      e instanceof refused ? e.message : "The server cannot be reached. Asking again…",
    );
    setTimeout(() => void start(), retry_ms);
    return;
  }
  document.querySelector(".cover")?.remove();
  run();
}

function show_cover(title: string, text: string, ...more: HTMLElement[]): void {
  document.querySelector(".cover")?.remove();
  document.body.append(
    make(
      "div",
      { class: "cover" },
      make("div", { class: "card" }, make("h2", {}, title), make("p", {}, text), ...more),
    ),
  );
}

function ask_for_token(why: string): void {
  const input = make("input", {
    type: "password",
    autocomplete: "off",
    "aria-label": "Token",
    placeholder: "token",
    class: "wide",
  });
  const open = (e: Event) => {
    e.preventDefault();
    use_token(input.value.trim());
    if (has_begun()) location.reload();
    else void start();
  };
  const how = "tessera run printed it when it started, as part of the page's address. It is kept in this tab only.";
  show_cover(
    "A token is needed",
    how,
    make("p", { class: "dim" }, `The server said: ${why}`),
    make("form", { class: "row", onsubmit: open }, input, make("button", { class: "primary" }, "Open")),
  );
  input.focus();
}

function run(): void {
  const bar = new header(by_id("bar"));
  let shown: view;
  const map = new world_view(() => wishes_changed());
  const entities = new entities_view();
  const views: view[] = [map, entities, new actors_view(), new time_view(), new history_view()];
  shown = map;

  const tabs = views.map((v, i) =>
    make(
      "button",
      {
        role: "tab",
        id: `tab-${v.name}`,
        "aria-controls": `view-${v.name}`,
        title: `${v.label} (${i + 1})`,
        onclick: () => go(v),
      },
      v.label,
    ),
  );
  by_id("tabs").replaceChildren(...tabs);
  by_id("tabs").onkeydown = (e) => {
    const by = e.key === "ArrowRight" ? 1 : e.key === "ArrowLeft" ? -1 : 0;
    const next = (views.indexOf(shown) + by + views.length) % views.length;
    if (by === 0) return;
    go(views[next]!);
    tabs[next]!.focus();
  };
  for (const v of views) {
    v.element.id = `view-${v.name}`;
    v.element.setAttribute("role", "tabpanel");
    v.element.setAttribute("aria-labelledby", `tab-${v.name}`);
    v.element.hidden = true;
  }
  by_id("views").replaceChildren(...views.map((v) => v.element));

  const panel = new selection_panel(by_id("selection"), {
    show_shard: (shard) => (go(map), map.show_shard(shard)),
    show_place: (x, z) => (go(map), map.go_to(x, z)),
  });

  function go(to: view): void {
    if (to !== shown) shown.hide();
    shown = to;
    views.forEach((v, i) => {
      v.element.hidden = v !== to;
      tabs[i]!.setAttribute("aria-selected", String(v === to));
      tabs[i]!.tabIndex = v === to ? 0 : -1;
    });
    to.show();
    update();
  }

  function wishes_changed(): void {
    const { selection } = now();
    const wish: wish = { ...shown.wishes() };
    if (selection?.kind === "shard") wish.shards = 1;
    if (selection?.kind === "entity") wish.follow = selection.id;
    ask_for(wish);
  }

  function update(): void {
    bar.update();
    panel.update();
    shown.update();
    show_connection();
    show_address(shown, now().selection);
    wishes_changed();
  }

  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || document.querySelector("dialog[open]")) return;
    if (e.key === "Escape") return select(null);
    const at = e.target instanceof Element ? e.target : document.body;
    if (at.closest("input, select") || (e.key === " " && at.closest("button, a, summary"))) return;
    const view = views[Number(e.key) - 1];
    if (view) go(view);
    else if (e.key === " ") bar.toggle();
    else if (e.key === ".") bar.one_step();
    else if (e.key === "/") (go(entities), entities.focus());
    else return;
    e.preventDefault();
  });
  const follow_address = () => {
    const address = read_address();
    select(address.selection);
    go(views.find((v) => v.name === address.view) ?? shown);
  };
  window.addEventListener("hashchange", follow_address);
  watch(update);
  follow_address();
}

/** The address names the view and the selection, so that it can be kept or sent to someone. */
function show_address(shown: view, selection: selection): void {
  const what = selection?.kind === "shard" ? `/shard/${selection.shard}` : selection ? `/entity/${selection.id}` : "";
  const hash = `#${shown.name}${what}`;
  if (location.hash !== hash) history.replaceState(null, "", hash);
}

function read_address(): { view: string; selection: selection } {
  const [view = "", kind, which = ""] = location.hash.slice(1).split("/");
  const is_shard = kind === "shard" && now().world.shards[Number(which)] !== undefined;
  const is_entity = kind === "entity" && /^[0-9a-f]{16}$/.test(which);
  return { view, selection: is_shard ? { kind, shard: Number(which) } : is_entity ? { kind, id: which } : null };
}

function show_connection(): void {
  const { connection, status } = now();
  const at = by_id("connection");
  const ended = status?.state === "ended" ? `The world has ended at tick ${status.tick}.` : "";
  const texts: Record<typeof connection.state, string> = {
    live: ended || connection.message,
    connecting: "Connecting…",
    lost: ended ? `${ended} Its server is gone.` : "Connection lost. What stands here is old; trying again…",
    refused: `The server refuses: ${connection.message}. Trying again…`,
    no_token: "",
  };
  at.dataset.state = ended ? "ended" : connection.state;
  at.hidden = texts[connection.state] === "";
  set_text(at, texts[connection.state]);
  document.body.classList.toggle("stale", connection.state !== "live" && connection.state !== "connecting");
  if (connection.state === "no_token" && !document.querySelector(".cover")) ask_for_token(connection.message);
}

void start();
