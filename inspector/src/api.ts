// What the server answers, as docs/manual/inspector-api.md says it. The only file that knows a route.

export interface world {
  game: string;
  seed: number | string;
  tick_rate_hz: number;
  cell_size_m: number;
  extent: { cells: [number, number]; width_m: number; depth_m: number };
  layout: string;
  shards: { shard: number; cells: [number, number, number, number] }[];
  terrain: { min_m: number; max_m: number } | null;
  kept: boolean;
  workers: number;
  version: string;
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
}

export interface frames {
  budget_ms: number;
  first_tick: number;
  busy_ms: number[];
  interval_ms: number[];
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

// The token of a server that asks for one came with the page's address; it stays in this tab.
const token = new URLSearchParams(location.search).get("token");

function address(route: string, parameters: Record<string, string | number>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) query.set(name, String(value));
  if (token) query.set("token", token);
  const text = query.toString();
  return text ? `${route}?${text}` : route;
}

async function answer_of<T>(response: Response): Promise<T> {
  const body = (await response.json().catch(() => ({ error: response.statusText }))) as T & Partial<failed_part>;
  if (!response.ok) throw new refused(response.status, body.error ?? `the server answered ${response.status}`);
  return body;
}

export async function get<T>(route: string, parameters: Record<string, string | number> = {}): Promise<T> {
  return answer_of<T>(await fetch(address(route, parameters)));
}

export async function post<T>(route: string, body: object): Promise<T> {
  return answer_of<T>(
    await fetch(address(route, {}), {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    }),
  );
}

export const terrain_address = (width: number) => address("/api/terrain.png", { width });
export const trace_address = () => address("/api/trace.tessera-trace", {});

/** Opens the live stream; what is asked for is fixed while it is open. */
export function listen(
  parameters: Record<string, string | number>,
  heard: (event: live) => void,
  connected: (state: "live" | "waiting") => void,
): EventSource {
  const stream = new EventSource(address("/api/live", parameters));
  stream.onopen = () => connected("live");
  stream.onerror = () => connected("waiting");
  stream.onmessage = (message) => heard(JSON.parse(String(message.data)) as live);
  return stream;
}
