// A vertex of a body: in stride, turned, sized, its feet on the slope.
layout(location = 0) in vec3 position;
layout(location = 1) in vec4 normal_and_limb;
layout(location = 2) in vec2 pivot;
// Of the body, a standing_body:
layout(location = 4) in vec4 stand_and_scale;
layout(location = 5) in vec4 forward_and_slope;
layout(location = 6) in vec4 swing_and_graze;
layout(location = 7) in vec3 sun_ground_per_m; // its share of the sun, the ground's height, 1 / distance

struct body_vertex {
  vec3 from_camera;
  vec3 normal;
};

body_vertex placed_vertex() {
  vec3 p = position;
  vec3 n = normal_and_limb.xyz;
  int limb = int(round(normal_and_limb.w * 127.0));
  // Diagonal legs go together.
  vec2 turn = vec2(1.0, 0.0);
  if (limb == 1 || limb == 4)
    turn = swing_and_graze.xy;
  else if (limb == 2 || limb == 3)
    turn = vec2(swing_and_graze.x, -swing_and_graze.y);
  else if (limb == 5)
    turn = swing_and_graze.zw;
  vec2 arm = p.xy - pivot;
  p.xy = pivot + vec2(turn.x * arm.x - turn.y * arm.y, turn.y * arm.x + turn.x * arm.y);
  n.xy = vec2(turn.x * n.x - turn.y * n.y, turn.y * n.x + turn.x * n.y);
  vec2 forward = forward_and_slope.xy;
  vec2 aside = vec2(-forward.y, forward.x);
  vec2 offset = forward * p.x + aside * p.z;
  float rise = dot(forward_and_slope.zw, p.xz);
  body_vertex v;
  v.from_camera = stand_and_scale.xyz + vec3(offset.x, p.y + rise, offset.y) * stand_and_scale.w;
  v.normal = vec3(forward.x * n.x + aside.x * n.z, n.y, forward.y * n.x + aside.y * n.z);
  return v;
}
