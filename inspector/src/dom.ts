// Making and filling elements. Text from a world only ever becomes text, never markup.

type child = Node | string | number | null | undefined;

/** An element with attributes and children; `on...` attributes are listeners. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string | number | boolean | ((e: Event) => void)> = {},
  ...children: child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name.slice(2), value);
    else if (typeof value === "boolean") made.toggleAttribute(name, value);
    else made.setAttribute(name, String(value));
  }
  made.append(...children.filter((c) => c !== null && c !== undefined).map(node_of));
  return made;
}

function node_of(c: child): Node | string {
  return c instanceof Node ? c : String(c);
}

export function by_id<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found as T;
}

/** Sets text only where it changed, so that a selection in it survives. */
export function set_text(at: HTMLElement, text: string): void {
  if (at.textContent !== text) at.textContent = text;
}

/** A canvas' size in device pixels follows its size on the page. Returns its context, scaled to CSS pixels. */
export function context_of(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const scale = window.devicePixelRatio || 1;
  const width = Math.max(1, Math.round(canvas.clientWidth * scale));
  const height = Math.max(1, Math.round(canvas.clientHeight * scale));
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  const context = canvas.getContext("2d");
  if (!context) throw new Error("this browser draws no canvas");
  context.setTransform(scale, 0, 0, scale, 0, 0);
  return context;
}

/** A colour of the style sheet. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
