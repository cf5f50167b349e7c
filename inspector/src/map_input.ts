// Pointer, wheel and keys on the map.

import type { map_camera } from "./map_camera";

const click_px = 4;
const key_step_px = 60;

export interface map_listener {
  /** The map lies elsewhere; `at_rest` when it will stay there for now. `by_hand`: moved, not zoomed. */
  moved(at_rest: boolean, by_hand: boolean): void;
  picked(px: number, pz: number): void;
  /** Where the pointer is, or null where it is not on the map or drags it. */
  pointed(at: { x: number; z: number } | null): void;
}

export function listen_to_map(canvas: HTMLCanvasElement, camera: map_camera, listener: map_listener): void {
  let dragging: { x: number; z: number; travelled: number } | null = null;
  canvas.onpointerdown = (e) => {
    dragging = { x: e.offsetX, z: e.offsetY, travelled: 0 };
    canvas.setPointerCapture(e.pointerId);
  };
  canvas.onpointermove = (e) => {
    if (!dragging) return listener.pointed({ x: e.offsetX, z: e.offsetY });
    dragging.travelled += Math.abs(e.offsetX - dragging.x) + Math.abs(e.offsetY - dragging.z);
    if (dragging.travelled < click_px) return;
    canvas.classList.add("dragged");
    camera.drag(e.offsetX - dragging.x, e.offsetY - dragging.z);
    dragging.x = e.offsetX;
    dragging.z = e.offsetY;
    listener.pointed(null);
    listener.moved(false, true);
  };
  canvas.onpointerup = (e) => {
    canvas.classList.remove("dragged");
    const was_click = dragging !== null && dragging.travelled < click_px;
    dragging = null;
    if (was_click) listener.picked(e.offsetX, e.offsetY);
    else listener.moved(true, true);
  };
  canvas.onpointerleave = () => listener.pointed(null);
  canvas.ondblclick = (e) => {
    camera.zoom(2.5, e.offsetX, e.offsetY);
    listener.moved(true, false);
  };
  canvas.addEventListener(
    "wheel",
    (e) => {
      e.preventDefault();
      camera.zoom(Math.exp(-e.deltaY * 0.0015), e.offsetX, e.offsetY);
      listener.moved(true, false);
    },
    { passive: false },
  );
  canvas.onkeydown = (e) => {
    const { x, z } = camera.middle();
    const by_key: Record<string, () => void> = {
      ArrowLeft: () => camera.drag(key_step_px, 0),
      ArrowRight: () => camera.drag(-key_step_px, 0),
      ArrowUp: () => camera.drag(0, key_step_px),
      ArrowDown: () => camera.drag(0, -key_step_px),
      "+": () => camera.zoom(1.4),
      "=": () => camera.zoom(1.4),
      "-": () => camera.zoom(1 / 1.4),
      "0": () => camera.show_all(),
      Enter: () => listener.picked(x, z),
    };
    const done = by_key[e.key];
    if (!done) return;
    e.preventDefault();
    done();
    listener.moved(true, e.key.startsWith("Arrow"));
  };
}
