// What the server answers, as docs/manual/inspector-api.md says it. The only file that knows a route.

export interface world {
  game: string;
  seed: number | string;
  tick_rate_hz: number;
  cell_size_m: number;
  extent: { cells: [number, number]; width_m: number; depth_m: number };
  layout: string;
  shards: { shard: number; cells: [number, number, number, number]; neighbours: number[] }[];
  terrain: { min_m: number; max_m: number } | null;
  kept: boolean;
  workers: number;
  components: component[];
  systems: string[];
}

export interface component {
  name: string;
  kind: "dense" | "tag" | "rare";
  fields: { name: string; type: string; unit: string }[];
}

export interface status {
  state: "running" | "paused" | "running_to" | "ended";
  tick: number;
  next_tick: number;
  held_at: number | null;
  speed: string;
  hash: string;
  entities: number;
  ticks_per_s: number;
  dilation: number | null;
  migrations: number;
  ghosts: number;
}

export interface shard_figures {
  tick: number;
  busy_ms: number[];
  wait_ms: number[];
  entities: number[];
  ghosts: number[];
  left: number[];
  packet_bytes: number[];
  /** A row per shard, a number per neighbour. */
  left_to: number[][];
  ghosts_in: number[][];
}

export interface frames {
  budget_ms: number;
  first_tick: number;
  busy_ms: number[];
  interval_ms: number[];
  entities: number[];
  migrations: number[];
  slowest_shard: number[];
  max_ms: number;
  one_percent_low_ms: number;
  systems: { names: string[]; ms: number[][]; first_tick: number } | null;
}

export interface entities_in_view {
  tick: number;
  view: [number, number, number, number];
  count: number;
  shown: number;
  share: number;
  kinds: string[];
  points: string;
  ids?: string[];
}

export type field_value = number | boolean | string | [number, number];

export interface entity {
  id: string;
  shard: number;
  x_m: number;
  y_m: number;
  z_m: number;
  components: Record<string, Record<string, field_value>>;
  tags: string[];
}

export interface entity_answer {
  tick: number;
  entities: entity[];
  missing: string[];
}

export interface search_answer {
  tick: number;
  count: number;
  shown: number;
  entities: { id: string; shard: number; x_m: number; z_m: number; values: Record<string, field_value> }[];
}

export interface actors_answer {
  armed: boolean;
  seconds: number;
  lost: number;
  actors: {
    actor: number;
    name: string;
    handled_per_s: number;
    waiting: number;
    run_ms: { p50: number; p99: number; sum: number };
    wait_ms: { p50: number; p99: number };
    state: string;
  }[];
  edges: { from: number; to: number; message: string; per_s: number }[];
  spans: { name: string; ms_per_s: number }[];
}

export interface trace_answer {
  state: "none" | "recording" | "ready" | "failed";
  seconds: number;
  bytes: number;
  records: number;
  lost: number;
  error: string | null;
}

export type history =
  | { kept: false }
  | {
      kept: true;
      durable_tick: number | null;
      complete_tick: number;
      checkpoints: number;
      checkpoint: { tick: number; bytes: number; seconds: number } | null;
      recovered_from: number;
      replayed_ticks: number;
      recovery_s: number;
      disk_bytes: Record<string, number>;
    };

export interface failed_part {
  error: string;
}

/** One event of the live stream: what was asked for and has something newer. */
export interface live {
  status?: status | failed_part;
  shards?: shard_figures | failed_part;
  entities?: entities_in_view | failed_part;
  follow?: entity_answer | failed_part;
}

export function is_failed(part: object): part is failed_part {
  return "error" in part;
}

/** The server's own words about what was wrong. */
export class refused extends Error {
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

/** What became of an edit: done, or waiting for a world that is held. */
export interface edit_answer {
  result: "applied" | "waiting";
  tick: number;
}

type parameters = Record<string, string | number>;

// The token of a server that asks for one comes with the page's address. It stays in this tab, and out of
// the address, where it would be seen over a shoulder or kept in a bookmark.
const token_key = "tessera-token";

function take_token(): string | null {
  const here = new URL(location.href);
  const given = here.searchParams.get("token");
  if (given) {
    sessionStorage.setItem(token_key, given);
    here.searchParams.delete("token");
    history.replaceState(null, "", here);
  }
  return sessionStorage.getItem(token_key);
}

let token = take_token();

export function use_token(given: string): void {
  sessionStorage.setItem(token_key, given);
  token = given;
}

function address(route: string, parameters: parameters = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) query.set(name, String(value));
  const text = query.toString();
  return text ? `${route}?${text}` : route;
}

async function ask(route: string, how: RequestInit = {}): Promise<Response> {
  const headers = new Headers(how.headers);
  if (token) headers.set("Authorization", `Bearer ${token}`);
  const response = await fetch(route, { ...how, headers });
  if (response.ok) return response;
  const body = (await response.json().catch(() => ({}))) as Partial<failed_part>;
  throw new refused(response.status, body.error ?? `the server answered with status ${response.status}`);
}

export async function get<T>(route: string, parameters: parameters = {}): Promise<T> {
  return (await (await ask(address(route, parameters))).json()) as T;
}

export async function get_bytes(route: string, parameters: parameters = {}): Promise<Blob> {
  return (await ask(address(route, parameters))).blob();
}

export async function post<T>(route: string, body: object): Promise<T> {
  const response = await ask(route, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  return (await response.json()) as T;
}

/** For a link, which sends no headers. */
export const trace_route = "/api/trace.tessera-trace";
export const trace_address = () => address(trace_route, token ? { token } : {});

/** Without a byte for so long, the server is taken for gone: it sends one each second. */
const silence_ms = 6000;

/** Reads the live stream until it ends or is given up; throws `refused` where the server has a reason. */
export async function listen(parameters: parameters, signal: AbortSignal, heard: (event: live) => void): Promise<void> {
  const silent = new AbortController();
  const both = AbortSignal.any([signal, silent.signal]);
  const response = await ask(address("/api/live", parameters), { signal: both });
  if (!response.body) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let text = ""; ;) {
    const timer = setTimeout(() => silent.abort(), silence_ms);
    const { done, value } = await reader.read();
    clearTimeout(timer);
    if (done) return;
    const events = (text + value).split("\n\n");
    text = events.pop() ?? "";
    for (const event of events) if (event.startsWith("data: ")) heard(JSON.parse(event.slice(6)) as live);
  }
}
