// Where the map is looked at: metres of the world to pixels of the canvas and back.

export interface rectangle {
  x0: number;
  z0: number;
  x1: number;
  z1: number;
}

const most_pixels_per_metre = 24;

export class map_camera {
  private x = 0; // metres at the middle
  private z = 0;
  private scale = 0; // pixels per metre; 0 until the canvas has a size
  private width = 1; // pixels
  private height = 1;

  constructor(
    private readonly width_m: number,
    private readonly depth_m: number,
  ) {}

  resize(width: number, height: number): void {
    if (width === this.width && height === this.height) return;
    const whole = this.scale === 0 || this.scale === this.least();
    this.width = width;
    this.height = height;
    if (whole) this.show_all();
  }

  show_all(): void {
    this.x = this.width_m / 2;
    this.z = this.depth_m / 2;
    this.scale = this.least();
  }

  /** Shows a rectangle whole, with some room around it. */
  fit(r: rectangle): void {
    this.x = (r.x0 + r.x1) / 2;
    this.z = (r.z0 + r.z1) / 2;
    this.scale = this.bounded(0.8 * Math.min(this.width / (r.x1 - r.x0), this.height / (r.z1 - r.z0)));
  }

  go_to(x: number, z: number): void {
    this.x = x;
    this.z = z;
  }

  drag(dx: number, dz: number): void {
    this.x = Math.min(this.width_m, Math.max(0, this.x - dx / this.scale));
    this.z = Math.min(this.depth_m, Math.max(0, this.z - dz / this.scale));
  }

  /** The point under the pixel stays where it is. */
  zoom(factor: number, px = this.width / 2, pz = this.height / 2): void {
    const at = this.to_world(px, pz);
    this.scale = this.bounded(this.scale * factor);
    this.x = at.x - (px - this.width / 2) / this.scale;
    this.z = at.z - (pz - this.height / 2) / this.scale;
    this.drag(0, 0);
  }

  to_screen(x: number, z: number): { x: number; z: number } {
    return { x: (x - this.x) * this.scale + this.width / 2, z: (z - this.z) * this.scale + this.height / 2 };
  }

  to_world(px: number, pz: number): { x: number; z: number } {
    return { x: (px - this.width / 2) / this.scale + this.x, z: (pz - this.height / 2) / this.scale + this.z };
  }

  middle(): { x: number; z: number } {
    return { x: this.width / 2, z: this.height / 2 };
  }

  /** What of the world is in view, whole metres. */
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

  has_size(): boolean {
    return this.scale > 0;
  }

  metres_per_pixel(): number {
    return 1 / this.scale;
  }

  private least(): number {
    return 0.94 * Math.min(this.width / this.width_m, this.height / this.depth_m);
  }

  private bounded(scale: number): number {
    return Math.min(most_pixels_per_metre, Math.max(this.least(), scale));
  }
}
