// A vertex of a body where it stands: turned, sized, in stride, its feet on the slope.
layout(set = 0, binding = visible_binding, scalar) readonly buffer visible_block { uint visible[]; };

layout(location = 0) in vec3 position;
layout(location = 1) in vec4 normal_and_limb;
layout(location = 2) in vec2 pivot;

struct body_vertex {
  vec3 from_camera;
  vec3 normal;
  vec2 stand; // where it stands, east and south of the camera
  kind_data kind;
  float variety;
};

void turn_limb(inout vec3 p, inout vec3 n, float angle) {
  float c = cos(angle);
  float s = sin(angle);
  vec2 arm = p.xy - pivot;
  p.xy = pivot + vec2(c * arm.x - s * arm.y, s * arm.x + c * arm.y);
  n.xy = vec2(c * n.x - s * n.y, s * n.x + c * n.y);
}

body_vertex placed_body() {
  uint instance = visible[gl_InstanceIndex];
  packed_place place = places[instance];
  uvec2 turn = turns[instance];
  body_vertex v;
  v.kind = kinds[materials[instance] & 0xFFu];
  v.variety = variety_of(turn);
  vec3 p = position;
  vec3 n = normal_and_limb.xyz;
  int limb = int(round(normal_and_limb.w * 127.0));
  float speed = speed_of(turn);
  float salted = fract(v.variety * 7.31);
  if (limb >= 1 && limb <= 4) {
    // Diagonal legs go together.
    float phase = 6.2831853 * (v.variety + frame.time_s * (0.7 + 0.25 * speed)) + (limb == 1 || limb == 4 ? 0.0 : 3.14159265);
    turn_limb(p, n, sin(phase) * min(speed * 0.30, 0.75));
  } else if (limb == 5 && speed < 0.7 && salted < 0.65) {
    turn_limb(p, n, -1.25 - 0.35 * salted); // it grazes
  }
  vec2 forward = facing_of(turn);
  vec2 aside = vec2(-forward.y, forward.x);
  vec3 stand = from_camera_of(place);
  vec2 offset = (forward * p.x + aside * p.z) * place.scale_m;
  float lift = ground_height(stand.xz + forward * 0.5) - ground_height(stand.xz - forward * 0.5);
  float roll = ground_height(stand.xz + aside * 0.5) - ground_height(stand.xz - aside * 0.5);
  float rise = clamp(lift, -1.0, 1.0) * p.x + clamp(roll, -1.0, 1.0) * p.z;
  v.stand = stand.xz;
  v.from_camera = vec3(stand.x + offset.x, stand.y + (p.y + rise) * place.scale_m, stand.z + offset.y);
  v.normal = vec3(forward.x * n.x + aside.x * n.z, n.y, forward.y * n.x + aside.y * n.z);
  return v;
}
