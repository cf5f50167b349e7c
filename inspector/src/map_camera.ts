// Where the map is looked at: metres of the world to pixels of the canvas and back.

export interface rectangle {
  x0: number;
  z0: number;
  x1: number;
  z1: number;
}

export class map_camera {
  private x = 0; // metres at the middle
  private z = 0;
  private scale = 1; // pixels per metre
  private width = 1; // pixels
  private height = 1;

  constructor(
    private readonly width_m: number,
    private readonly depth_m: number,
  ) {}

  resize(width: number, height: number): void {
    const first = this.width === 1 && this.height === 1;
    this.width = width;
    this.height = height;
    if (first) this.show_all();
  }

  show_all(): void {
    this.x = this.width_m / 2;
    this.z = this.depth_m / 2;
    this.scale = this.least();
  }

  go_to(x: number, z: number, metres_across: number): void {
    this.x = x;
    this.z = z;
    this.scale = this.bounded(this.width / metres_across);
  }

  drag(dx: number, dz: number): void {
    this.x -= dx / this.scale;
    this.z -= dz / this.scale;
    this.hold_inside();
  }

  /** The point under the pixel stays where it is. */
  zoom(factor: number, px: number, pz: number): void {
    const at = this.to_world(px, pz);
    this.scale = this.bounded(this.scale * factor);
    this.x = at.x - (px - this.width / 2) / this.scale;
    this.z = at.z - (pz - this.height / 2) / this.scale;
    this.hold_inside();
  }

  to_screen(x: number, z: number): { x: number; z: number } {
    return { x: (x - this.x) * this.scale + this.width / 2, z: (z - this.z) * this.scale + this.height / 2 };
  }

  to_world(px: number, pz: number): { x: number; z: number } {
    return { x: (px - this.width / 2) / this.scale + this.x, z: (pz - this.height / 2) / this.scale + this.z };
  }

  /** What of the world is in view, metres. */
  view(): rectangle {
    const from = this.to_world(0, 0);
    const to = this.to_world(this.width, this.height);
    return {
      x0: Math.max(0, Math.floor(from.x)),
      z0: Math.max(0, Math.floor(from.z)),
      x1: Math.min(this.width_m, Math.ceil(to.x)),
      z1: Math.min(this.depth_m, Math.ceil(to.z)),
    };
  }

  metres_per_pixel(): number {
    return 1 / this.scale;
  }

  private least(): number {
    return 0.94 * Math.min(this.width / this.width_m, this.height / this.depth_m);
  }

  private bounded(scale: number): number {
    return Math.min(40, Math.max(this.least() * 0.6, scale));
  }

  private hold_inside(): void {
    this.x = Math.min(this.width_m, Math.max(0, this.x));
    this.z = Math.min(this.depth_m, Math.max(0, this.z));
  }
}
