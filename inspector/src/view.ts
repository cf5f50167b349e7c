import type { wish } from "./live";

/** One of the page's tabs. Does nothing between `hide` and `show`. */
export interface view {
  readonly name: string;
  readonly label: string;
  readonly element: HTMLElement;
  show(): void;
  hide(): void;
  /** Something known has changed. */
  update(): void;
  /** What the live stream should tell of while this is in sight. */
  wishes(): wish;
}
