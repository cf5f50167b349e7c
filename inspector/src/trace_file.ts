// Reads a trace file, as docs/formats/trace.md says it, into what a timeline shows. Believes nothing of the bytes: what
// is cut off counts up to there.

/** One stretch of an actor's time: a handler, or inside it a span of a tick, phase or system. */
export interface stretch {
  begin_ns: number;
  end_ns: number;
  name: string;
  depth: number;
  tick: number | null;
  /** Of a handler: when its message was put in, and by whom; -1 where that is not in the trace. */
  enqueued_ns: number;
  sender: number;
}

export interface trace_actor {
  actor: number;
  name: string;
  stretches: stretch[];
  deepest: number;
}

/** From the begin of its first shard to the end of its last. */
export interface trace_tick {
  tick: number;
  begin_ns: number;
  end_ns: number;
  /** Who took longest over it, and how long. */
  slowest: number;
  slowest_ns: number;
}

export interface trace {
  about: [string, string][];
  actors: trace_actor[];
  end_ns: number;
  records: number;
  lost: number | null;
  ticks: trace_tick[];
}

const magic = "TSRTRACE";
const header_bytes = 40;
const chunk_header_bytes = 16;
const record_bytes = 32;
const no_tick = 0xffffffff;
/** More would take long to read and gigabytes to hold. */
export const most_records = 3_000_000;

const enum chunk {
  about = 1,
  names,
  actors,
  clock,
  records,
  end,
}
const enum kind {
  enqueued = 1,
  began,
  ended,
  span,
}

export class bad_trace extends Error {}

class reader {
  private readonly view: DataView;
  private readonly text = new TextDecoder();

  constructor(
    private readonly bytes: Uint8Array,
    public at = 0,
    private readonly end = bytes.length,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  left(): number {
    return this.end - this.at;
  }

  u32(): number {
    this.need(4);
    this.at += 4;
    return this.view.getUint32(this.at - 4, true);
  }

  u64(): bigint {
    this.need(8);
    this.at += 8;
    return this.view.getBigUint64(this.at - 8, true);
  }

  /** A count or a length: what is beyond the bytes that are left is wrong. */
  size(): number {
    const value = this.u64();
    if (value > BigInt(this.left())) throw new bad_trace(`a length of ${value} where ${this.left()} bytes are left`);
    return Number(value);
  }

  string(): string {
    const length = this.size();
    this.at += length;
    return this.text.decode(this.bytes.subarray(this.at - length, this.at));
  }

  /** Exact up to 2^53, which addresses and times within a trace stay below; many times faster than u64. */
  number(): number {
    const low = this.u32();
    return low + this.u32() * 2 ** 32;
  }

  part(length: number): reader {
    this.at += length;
    return new reader(this.bytes, this.at - length, this.at);
  }

  private need(count: number): void {
    if (this.left() < count) throw new bad_trace("it ends in the middle of a number");
  }
}

/** Records of all threads, a column each, unsorted. */
class records {
  count = 0;
  readonly time: Float64Array; // units of the trace clock since the header
  readonly subject: Float64Array;
  readonly actor: Uint32Array;
  readonly peer: Uint32Array;
  readonly tick: Uint32Array;
  readonly kind: Uint8Array;
  readonly name: Uint16Array;

  constructor(most: number) {
    this.time = new Float64Array(most);
    this.subject = new Float64Array(most);
    this.actor = new Uint32Array(most);
    this.peer = new Uint32Array(most);
    this.tick = new Uint32Array(most);
    this.kind = new Uint8Array(most);
    this.name = new Uint16Array(most);
  }

  add(from: reader, clock_zero: { low: number; high: number }): void {
    const i = this.count++;
    const low = from.u32() - clock_zero.low;
    this.time[i] = low + (from.u32() - clock_zero.high) * 2 ** 32;
    this.subject[i] = from.number();
    this.actor[i] = from.u32();
    this.peer[i] = from.u32();
    this.tick[i] = from.u32();
    const both = from.u32();
    this.kind[i] = both & 0xff;
    this.name[i] = both >>> 16;
  }

  /** In order of time; what is put in and handled at one time was put in first. */
  order(): Uint32Array {
    const { time, kind } = this;
    return new Uint32Array(this.count).map((_, i) => i).sort((a, b) => time[a]! - time[b]! || kind[a]! - kind[b]!);
  }
}

export function read_trace(bytes: Uint8Array): trace {
  const file = new reader(bytes);
  if (bytes.length < header_bytes || new TextDecoder().decode(bytes.subarray(0, 8)) !== magic)
    throw new bad_trace(`it does not begin with ${magic}: this is no trace of tessera`);
  file.at = 8;
  const version = file.u32();
  if (version !== 1) throw new bad_trace(`it has version ${version}; this page reads version 1`);
  file.at = 16;
  const clock_zero = file.u64();
  const zero_parts = { low: Number(clock_zero & 0xffffffffn), high: Number(clock_zero >> 32n) };
  const steady_zero = file.u64();
  file.at = header_bytes;

  const found: trace = { about: [], actors: [], end_ns: 0, records: 0, lost: null, ticks: [] };
  const names: string[] = [];
  const actors = new Map<number, string>();
  const all = new records(Math.min(most_records, Math.floor(bytes.length / record_bytes)));
  let ns_per_unit = 1;
  while (file.left() >= chunk_header_bytes) {
    const what = file.u32();
    file.u32();
    if (file.left() < 8) break;
    const length = Number(file.u64());
    if (length > file.left()) break; // cut off
    const payload = file.part(length);
    if (what === chunk.about)
      for (let n = payload.size(); n > 0; --n) found.about.push([payload.string(), payload.string()]);
    else if (what === chunk.names) {
      let number = Number(payload.u64());
      for (let n = payload.size(); n > 0; --n) names[number++] = payload.string();
    } else if (what === chunk.actors)
      for (let n = payload.size(); n > 0; --n) {
        const number = payload.u32();
        actors.set(number, payload.string());
      }
    else if (what === chunk.clock) {
      const units = Number(payload.u64() - clock_zero);
      const ns = Number(payload.u64() - steady_zero);
      if (units > 0 && ns > 0) ns_per_unit = ns / units;
    } else if (what === chunk.records) {
      payload.at += 16;
      while (payload.left() >= record_bytes) {
        if (all.count === most_records)
          throw new bad_trace(
            `it has more than ${most_records / 1e6} million records, too many for a page; convert it and use a viewer`,
          );
        all.add(payload, zero_parts);
      }
    } else if (what === chunk.end) {
      found.records = Number(payload.u64());
      found.lost = Number(payload.u64());
    }
  }
  found.records = all.count;
  collect(all, names, actors, ns_per_unit, found);
  return found;
}

function collect(all: records, names: string[], actors: Map<number, string>, ns_per_unit: number, into: trace): void {
  const by_actor = new Map<number, trace_actor>();
  const actor_of = (number: number) => {
    let a = by_actor.get(number);
    if (!a)
      by_actor.set(
        number,
        (a = { actor: number, name: actors.get(number) ?? `actor ${number}`, stretches: [], deepest: 0 }),
      );
    return a;
  };
  const open = new Map<number, { enqueued: number; sender: number; handler: stretch | null }>();
  const ticks = new Map<number, trace_tick>();
  let first_ns = Infinity;
  for (const i of all.order()) {
    const at = all.time[i]! * ns_per_unit;
    const subject = all.subject[i]!;
    const tick = all.tick[i] === no_tick ? null : all.tick[i]!;
    const name = names[all.name[i]!] ?? "?";
    first_ns = Math.min(first_ns, at);
    switch (all.kind[i]! as kind) {
      case kind.enqueued:
        open.set(subject, { enqueued: at, sender: all.peer[i]!, handler: null });
        break;
      case kind.began: {
        const message = open.get(subject) ?? { enqueued: -1, sender: -1, handler: null };
        message.handler = {
          begin_ns: at,
          end_ns: at,
          name,
          depth: 0,
          tick,
          enqueued_ns: message.enqueued,
          sender: message.sender,
        };
        open.set(subject, message);
        actor_of(all.actor[i]!).stretches.push(message.handler);
        break;
      }
      case kind.ended: {
        const handler = open.get(subject)?.handler;
        if (handler) handler.end_ns = at;
        open.delete(subject);
        break;
      }
      case kind.span: {
        const end_ns = at + subject * ns_per_unit;
        actor_of(all.actor[i]!).stretches.push({
          begin_ns: at,
          end_ns,
          name,
          depth: 0,
          tick,
          enqueued_ns: -1,
          sender: -1,
        });
        if (name !== "tick" || tick === null) break;
        const known = ticks.get(tick) ?? { tick, begin_ns: at, end_ns, slowest: 0, slowest_ns: -1 };
        known.begin_ns = Math.min(known.begin_ns, at);
        known.end_ns = Math.max(known.end_ns, end_ns);
        if (end_ns - at > known.slowest_ns) {
          known.slowest = all.actor[i]!;
          known.slowest_ns = end_ns - at;
        }
        ticks.set(tick, known);
        break;
      }
    }
  }
  if (first_ns === Infinity) first_ns = 0;
  for (const a of by_actor.values()) {
    nest(a);
    for (const s of a.stretches) {
      s.begin_ns -= first_ns;
      s.end_ns -= first_ns;
      if (s.enqueued_ns !== -1) s.enqueued_ns -= first_ns;
      into.end_ns = Math.max(into.end_ns, s.end_ns);
    }
  }
  into.actors = [...by_actor.values()].sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));
  into.ticks = [...ticks.values()]
    .map((t) => ({ ...t, begin_ns: t.begin_ns - first_ns, end_ns: t.end_ns - first_ns }))
    .sort((a, b) => a.tick - b.tick);
}

/** Each stretch lies one deeper than the one that holds it. What touches is not held: nanoseconds are rounded. */
function nest(a: trace_actor): void {
  a.stretches.sort((l, r) => l.begin_ns - r.begin_ns || r.end_ns - l.end_ns);
  const holds: stretch[] = [];
  for (const s of a.stretches) {
    while (holds.length > 0 && holds.at(-1)!.end_ns <= s.begin_ns + 1) holds.pop();
    s.depth = holds.length;
    a.deepest = Math.max(a.deepest, s.depth);
    holds.push(s);
  }
}
