// Arms a trace, says how far it is, hands it out: as a file, or opened here.

import { get, get_bytes, post, trace_address, trace_route, type trace_answer } from "./api";
import { make, set_text } from "./dom";
import { bytes, grouped } from "./format";
import { tell, telling } from "./notice";
import { now } from "./state";
import { read_trace } from "./trace_file";
import { open_timeline } from "./trace_timeline";

const ask_again_ms = 400;

export class trace_controls {
  readonly element: HTMLElement;
  private readonly seconds = make("input", {
    type: "number",
    id: "trace-seconds",
    min: 1,
    max: 30,
    value: 2,
    "aria-label": "Seconds to record",
  });
  private readonly record = make(
    "button",
    { class: "primary", id: "record-trace", onclick: () => telling(this.start()) },
    "Record a trace",
  );
  private readonly said = make("span", { class: "dim", id: "trace-state", role: "status" });
  private readonly download = make("a", { class: "button", id: "download-trace", hidden: true }, "Download");
  private readonly open = make(
    "button",
    { id: "open-trace", hidden: true, onclick: () => telling(this.open_recorded()) },
    "Open here",
  );
  private readonly file = make("input", {
    type: "file",
    hidden: true,
    tabindex: -1,
    onchange: () => telling(this.open_file()),
  });

  constructor() {
    this.element = make(
      "div",
      { class: "panel trace" },
      make(
        "div",
        { class: "row" },
        make("label", {}, "Seconds", this.seconds),
        this.record,
        this.download,
        this.open,
        make("button", { class: "quiet", onclick: () => this.file.click() }, "Open a file…"),
        this.file,
        this.said,
      ),
      make(
        "details",
        {},
        make("summary", {}, "What to do with a trace"),
        make(
          "p",
          { class: "dim" },
          "It holds each message put in, handled and sent, and each phase and system of each tick. ",
          make("code", {}, "tessera trace top|path|stats FILE"),
          " answer from it. For Perfetto's viewer, convert it with ",
          make("code", {}, "tessera trace convert FILE --to perfetto -o OUT"),
          ", go to ui.perfetto.dev and choose OUT under Open trace file: it is read in the browser and not sent anywhere.",
        ),
      ),
    );
    telling(get<trace_answer>("/api/trace").then((t) => (t.state === "recording" ? this.wait() : this.show(t))));
  }

  private async start(): Promise<void> {
    this.show(await post<trace_answer>("/api/trace", { seconds: Number(this.seconds.value) }));
    await this.wait();
  }

  private async wait(): Promise<void> {
    for (;;) {
      const t = await get<trace_answer>("/api/trace");
      this.show(t);
      if (t.state !== "recording") return;
      await new Promise((done) => setTimeout(done, ask_again_ms));
    }
  }

  private show(t: trace_answer): void {
    const ready = t.state === "ready";
    this.record.disabled = t.state === "recording";
    this.download.hidden = this.open.hidden = !ready;
    const lost = t.lost > 0 ? `, ${grouped(t.lost)} lost` : "";
    const texts: Record<trace_answer["state"], string> = {
      none: "",
      recording: `Recording ${t.seconds} s…`,
      ready: `${grouped(t.records)} records${lost}, ${bytes(t.bytes)}`,
      failed: `It could not be recorded: ${t.error ?? "no reason was given"}`,
    };
    set_text(this.said, texts[t.state]);
    this.said.className = t.state === "failed" ? "bad" : "dim";
    if (!ready) return;
    this.download.href = trace_address();
    this.download.download = `${now().world.game}-tick-${now().status?.tick ?? 0}.tessera-trace`;
  }

  private async open_recorded(): Promise<void> {
    await this.read(await get_bytes(trace_route), this.download.download);
  }

  private async open_file(): Promise<void> {
    const file = this.file.files?.[0];
    this.file.value = "";
    if (file) await this.read(file, file.name);
  }

  private async read(blob: Blob, name: string): Promise<void> {
    tell(`Reading ${name}, ${bytes(blob.size)}…`);
    const content = new Uint8Array(await blob.arrayBuffer());
    await new Promise((done) => setTimeout(done, 30)); // reading holds the page up: first let it say so
    try {
      open_timeline(read_trace(content), name);
    } catch (e) {
      throw new Error(`${name}: ${e instanceof Error ? e.message : String(e)}`);
    }
  }
}
