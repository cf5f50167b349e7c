// Far bodies by pixel: above, how near the nearest one is; below, which it is, counted down, so that of two
// equally near ones the larger word is the one that came first. 0: nobody.
layout(set = 0, binding = splats_binding, scalar) buffer splats_block { uint64_t splats[]; };
// Whether a square of pixels has any.
layout(set = 0, binding = splat_tiles_binding, scalar) buffer splat_tiles_block { uint splat_tiles[]; };
