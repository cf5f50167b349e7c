// Where a pixel's particle lies: eight pixels that lie one below the other lie side by side.
int particle_word(ivec2 pixel, int width) { return ((pixel.y >> 3) * width + pixel.x) * 8 + (pixel.y & 7); }
