// Asks again and again, while its view is in sight and the page is not hidden.

export class polling {
  private timer = 0;
  private wanted = false;
  private asking = false;
  private at_once = false;

  /** `ask` never runs twice at a time; the period counts from its end. What it throws goes to `failed`. */
  constructor(
    private readonly period_ms: number,
    private readonly ask: () => Promise<void>,
    private readonly failed: (why: Error) => void,
  ) {
    document.addEventListener("visibilitychange", () => {
      if (this.wanted) this.go();
    });
  }

  start(): void {
    this.wanted = true;
    this.go();
  }

  stop(): void {
    this.wanted = false;
    clearTimeout(this.timer);
  }

  private go(): void {
    clearTimeout(this.timer);
    this.at_once = this.asking; // once the answer is there that is waited for
    if (!this.wanted || document.hidden || this.asking) return;
    this.asking = true;
    this.ask()
      .catch((e: unknown) => this.failed(e instanceof Error ? e : new Error(String(e))))
      .finally(() => {
        this.asking = false;
        if (this.wanted) this.timer = window.setTimeout(() => this.go(), this.at_once ? 0 : this.period_ms);
      });
  }
}
