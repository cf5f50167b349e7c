// The last 600 ticks, put together from answers that bring the newest ones only.

import type { frames } from "./api";

export const most_ticks = 600;

export interface frame {
  tick: number;
  busy_ms: number;
  interval_ms: number;
  entities: number;
  migrations: number;
  slowest_shard: number;
  /** Milliseconds by system, in the order of `systems`; null where the recorder was not armed. */
  systems_ms: readonly number[] | null;
}

export class frame_history {
  frames: frame[] = [];
  /** Names of systems and phases; the whole tick, which is all of them, is left out. */
  systems: string[] = [];
  budget_ms = 0;
  max_ms = 0;
  one_percent_low_ms = 0;

  last_tick(): number {
    return this.frames.at(-1)?.tick ?? 0;
  }

  frame_of(tick: number | null): frame | undefined {
    return tick === null ? undefined : this.frames[tick - (this.frames[0]?.tick ?? 0)];
  }

  take(answer: frames): void {
    this.budget_ms = answer.budget_ms;
    this.max_ms = answer.max_ms;
    this.one_percent_low_ms = answer.one_percent_low_ms;
    const fresh = answer.busy_ms
      .map((busy_ms, i) => ({
        tick: answer.first_tick + i,
        busy_ms,
        interval_ms: answer.interval_ms[i] ?? 0,
        entities: answer.entities[i] ?? 0,
        migrations: answer.migrations[i] ?? 0,
        slowest_shard: answer.slowest_shard[i] ?? 0,
        systems_ms: null,
      }))
      .filter((f) => f.tick > this.last_tick());
    const gap = fresh.length > 0 && this.frames.length > 0 && fresh[0]!.tick !== this.last_tick() + 1;
    this.frames = [...(gap ? [] : this.frames), ...fresh].slice(-most_ticks);
    if (answer.systems) this.take_systems(answer.systems);
  }

  private take_systems({ names, ms, first_tick }: NonNullable<frames["systems"]>): void {
    for (const name of names) if (name !== "tick" && !this.systems.includes(name)) this.systems.push(name);
    const column = this.systems.map((name) => names.indexOf(name));
    const first = this.frames[0]?.tick ?? 0;
    ms.forEach((row, i) => {
      const at = this.frames[first_tick + i - first];
      // A row without a number is a tick that nothing was recorded of.
      if (at && row.some((v) => v > 0)) at.systems_ms = column.map((c) => row[c] ?? 0);
    });
  }
}

export interface system_figures {
  name: string;
  index: number;
  mean_ms: number;
  max_ms: number;
}

/** The longest first, over those ticks that were recorded. */
export function figures_of_systems(history: frame_history): system_figures[] {
  const recorded = history.frames.filter((f) => f.systems_ms !== null);
  if (recorded.length === 0) return [];
  return history.systems
    .map((name, index) => {
      let sum = 0;
      let max_ms = 0;
      for (const f of recorded) {
        const v = f.systems_ms![index] ?? 0;
        sum += v;
        max_ms = Math.max(max_ms, v);
      }
      return { name, index, mean_ms: sum / recorded.length, max_ms };
    })
    .sort((a, b) => b.mean_ms - a.mean_ms);
}
