#include "render/overlay_drawer.hpp"

#include "render/frame_graph.hpp"
#include "render/pass_times.hpp"
#include "render/shaders.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <imgui.h>

namespace tessera {

namespace {

constexpr float margin_px = 10;

ImU32 packed(const overlay_colour& c) {
  return IM_COL32(c[0], c[1], c[2], c[3]);
}

void draw_areas(const std::vector<overlay_area>& areas) {
  ImDrawList& list = *ImGui::GetBackgroundDrawList();
  const ImDrawListFlags flags = list.Flags;
  // Soft edges of neighbours would show as seams.
  list.Flags &= ~ImDrawListFlags_AntiAliasedFill;
  for (const auto& area : areas) {
    std::array<ImVec2, 5> corners;
    for (std::size_t i = 0; i < area.count; ++i)
      corners[i] = {area.corners[i][0], area.corners[i][1]};
    list.AddConvexPolyFilled(corners.data(), static_cast<int>(area.count), packed(area.colour));
  }
  list.Flags = flags;
}

void draw_lines(const std::vector<overlay_line>& lines) {
  ImDrawList& list = *ImGui::GetBackgroundDrawList();
  for (const auto& line : lines)
    list.AddLine({line.from_x, line.from_y}, {line.to_x, line.to_y}, packed(line.colour),
                 line.width_px);
}

void draw_curve(const overlay_panel& panel) {
  const ImVec2 size{300, 60};
  const ImVec2 corner = ImGui::GetCursorScreenPos();
  ImGui::PlotLines("##curve", panel.curve.data(), static_cast<int>(panel.curve.size()), 0, nullptr,
                   0, panel.curve_top, size);
  if (panel.curve_mark <= 0 || panel.curve_top <= 0)
    return;
  const float y = corner.y + size.y * (1 - std::min(panel.curve_mark / panel.curve_top, 1.0F));
  ImGui::GetWindowDrawList()->AddLine({corner.x, y}, {corner.x + size.x, y},
                                      IM_COL32(255, 190, 70, 200));
}

void draw_panel(const overlay_panel& panel, VkExtent2D extent) {
  const bool right =
    panel.corner == overlay_corner::upper_right || panel.corner == overlay_corner::lower_right;
  const bool low =
    panel.corner == overlay_corner::lower_left || panel.corner == overlay_corner::lower_right;
  const ImVec2 at{right ? static_cast<float>(extent.width) - margin_px : margin_px,
                  low ? static_cast<float>(extent.height) - margin_px : margin_px};
  ImGui::SetNextWindowPos(at, ImGuiCond_Always, {right ? 1.0F : 0.0F, low ? 1.0F : 0.0F});
  ImGui::SetNextWindowBgAlpha(0.62F);
  ImGui::Begin(panel.title.c_str(), nullptr,
               ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_AlwaysAutoResize |
                 ImGuiWindowFlags_NoInputs | ImGuiWindowFlags_NoSavedSettings |
                 ImGuiWindowFlags_NoFocusOnAppearing);
  for (const auto& line : panel.lines)
    ImGui::TextUnformatted(line.c_str());
  if (!panel.curve.empty())
    draw_curve(panel);
  ImGui::End();
}

} // namespace

overlay_drawer::overlay_drawer(device& on, VkFormat target, bool on_layer)
  : device_(on), format_(target), on_layer_(on_layer) {
  context_ = ImGui::CreateContext();
  ImGui::SetCurrentContext(context_);
  ImGuiIO& io = ImGui::GetIO();
  io.IniFilename = nullptr; // it leaves no file behind
  io.LogFilename = nullptr;
  io.BackendFlags |= ImGuiBackendFlags_RendererHasVtxOffset;
  ImGuiStyle& style = ImGui::GetStyle();
  style.WindowRounding = 5;
  style.WindowBorderSize = 0;
  make_letters();
  const VkVertexInputAttributeDescription attributes[] = {
    {0, 0, VK_FORMAT_R32G32_SFLOAT, offsetof(ImDrawVert, pos)},
    {1, 0, VK_FORMAT_R32G32_SFLOAT, offsetof(ImDrawVert, uv)},
    {2, 0, VK_FORMAT_R8G8B8A8_UNORM, offsetof(ImDrawVert, col)}};
  pipeline_.emplace(on, target,
                    flat_shaders{shaders::overlay_vert, shaders::overlay_frag, attributes,
                                 sizeof(ImDrawVert), true});
  pipeline_->read(letters_.view);
}

overlay_drawer::~overlay_drawer() {
  ImGui::DestroyContext(context_);
}

void overlay_drawer::make_letters() {
  unsigned char* pixels = nullptr;
  int width = 0;
  int height = 0;
  // All four channels: drivers that draw on the processor have a faster way for the most usual of formats.
  ImGui::GetIO().Fonts->GetTexDataAsRGBA32(&pixels, &width, &height);
  const VkExtent2D extent{static_cast<std::uint32_t>(width), static_cast<std::uint32_t>(height)};
  letters_ = device_.make_image(extent, VK_FORMAT_R8G8B8A8_UNORM,
                                VK_IMAGE_USAGE_SAMPLED_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT,
                                VK_IMAGE_ASPECT_COLOR_BIT);
  const std::size_t bytes = std::size_t{4} * extent.width * extent.height;
  const buffer staging =
    device_.make_buffer(bytes, VK_BUFFER_USAGE_TRANSFER_SRC_BIT, memory_place::host);
  std::memcpy(staging.mapped, pixels, bytes);
  device_.run([&](VkCommandBuffer commands) {
    frame_graph graph;
    const auto to = graph.add_image(letters_.handle.get(), VK_IMAGE_ASPECT_COLOR_BIT);
    graph.add_pass({{to, VK_PIPELINE_STAGE_2_COPY_BIT, VK_ACCESS_2_TRANSFER_WRITE_BIT,
                     VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL}},
                   [&](VkCommandBuffer into) {
                     VkBufferImageCopy copy{};
                     copy.imageSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1};
                     copy.imageExtent = {extent.width, extent.height, 1};
                     vkCmdCopyBufferToImage(into, staging.handle.get(), letters_.handle.get(),
                                            VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, 1, &copy);
                   });
    graph.add_pass(
      {{to, VK_PIPELINE_STAGE_2_FRAGMENT_SHADER_BIT, VK_ACCESS_2_SHADER_SAMPLED_READ_BIT,
        VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL}},
      [](VkCommandBuffer) {});
    graph.record(commands);
  });
}

void overlay_drawer::prepare(const overlay_content& what, VkExtent2D extent) {
  const bool same_size = extent.width == extent_.width && extent.height == extent_.height;
  if (same_size && what == shown_)
    return;
  extent_ = extent;
  shown_ = what;
  if (on_layer_ && !(layer_.handle && same_size))
    make_layer();
  ImGui::SetCurrentContext(context_);
  ImGuiIO& io = ImGui::GetIO();
  io.DisplaySize = {static_cast<float>(extent.width), static_cast<float>(extent.height)};
  io.DeltaTime = 1.0F / 60; // nothing here moves by itself
  // Boxes find their size one round late.
  for (int round = 0; round < 2; ++round) {
    ImGui::NewFrame();
    draw_areas(what.areas);
    draw_lines(what.lines);
    for (const auto& panel : what.panels)
      draw_panel(panel, extent);
    ImGui::Render();
  }
  copy_triangles();
}

void overlay_drawer::copy_triangles() {
  const ImDrawData& data = *ImGui::GetDrawData();
  auto reserve = [this](buffer& of, std::size_t bytes, VkBufferUsageFlags usage) {
    if (of.size < bytes)
      of = device_.make_buffer(bytes * 2, usage, memory_place::host);
  };
  reserve(vertices_, static_cast<std::size_t>(data.TotalVtxCount) * sizeof(ImDrawVert) + 64,
          VK_BUFFER_USAGE_VERTEX_BUFFER_BIT);
  reserve(indices_, static_cast<std::size_t>(data.TotalIdxCount) * sizeof(ImDrawIdx) + 64,
          VK_BUFFER_USAGE_INDEX_BUFFER_BIT);
  parts_.clear();
  covered_.begin(extent_.width, extent_.height);
  layer_is_new_ = on_layer_;
  std::uint32_t first_vertex = 0;
  std::uint32_t first_index = 0;
  for (int i = 0; i < data.CmdListsCount; ++i) {
    const ImDrawList& list = *data.CmdLists[i];
    std::copy_n(list.VtxBuffer.Data, list.VtxBuffer.Size,
                vertices_.as<ImDrawVert>() + first_vertex);
    std::copy_n(list.IdxBuffer.Data, list.IdxBuffer.Size, indices_.as<ImDrawIdx>() + first_index);
    for (const ImDrawCmd& command : list.CmdBuffer) {
      const float left = std::clamp(command.ClipRect.x, 0.0F, data.DisplaySize.x);
      const float top = std::clamp(command.ClipRect.y, 0.0F, data.DisplaySize.y);
      const float right = std::clamp(command.ClipRect.z, left, data.DisplaySize.x);
      const float bottom = std::clamp(command.ClipRect.w, top, data.DisplaySize.y);
      if (command.ElemCount == 0 || right <= left || bottom <= top)
        continue;
      parts_.push_back(
        {{{static_cast<std::int32_t>(left), static_cast<std::int32_t>(top)},
          {static_cast<std::uint32_t>(right - left), static_cast<std::uint32_t>(bottom - top)}},
         command.ElemCount,
         first_index + command.IdxOffset,
         static_cast<std::int32_t>(first_vertex + command.VtxOffset)});
      if (on_layer_)
        mark(parts_.back());
    }
    first_vertex += static_cast<std::uint32_t>(list.VtxBuffer.Size);
    first_index += static_cast<std::uint32_t>(list.IdxBuffer.Size);
  }
}

void overlay_drawer::mark(const part& of) {
  const ImDrawIdx* index = indices_.as<ImDrawIdx>() + of.first_index;
  const ImDrawVert* vertices = vertices_.as<ImDrawVert>() + of.vertex_offset;
  const ImVec2 first{static_cast<float>(of.scissor.offset.x),
                     static_cast<float>(of.scissor.offset.y)};
  const ImVec2 end{first.x + static_cast<float>(of.scissor.extent.width),
                   first.y + static_cast<float>(of.scissor.extent.height)};
  for (std::uint32_t i = 0; i < of.index_count; i += 3) {
    const ImVec2 a = vertices[index[i]].pos;
    const ImVec2 b = vertices[index[i + 1]].pos;
    const ImVec2 c = vertices[index[i + 2]].pos;
    covered_.mark(
      std::max(std::min({a.x, b.x, c.x}), first.x), std::max(std::min({a.y, b.y, c.y}), first.y),
      std::min(std::max({a.x, b.x, c.x}), end.x), std::min(std::max({a.y, b.y, c.y}), end.y));
  }
}

void overlay_drawer::make_layer() {
  layer_ = device_.make_image(extent_, format_, VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT,
                              VK_IMAGE_ASPECT_COLOR_BIT, {.where = memory_place::host});
}

void overlay_drawer::add_layer(frame_graph& graph, pass_times& times) {
  if (!layer_is_new_)
    return;
  layer_is_new_ = false;
  const auto layer = graph.add_image(layer_.handle.get(), VK_IMAGE_ASPECT_COLOR_BIT);
  graph.add_pass({{layer, VK_PIPELINE_STAGE_2_COLOR_ATTACHMENT_OUTPUT_BIT,
                   VK_ACCESS_2_COLOR_ATTACHMENT_WRITE_BIT | VK_ACCESS_2_COLOR_ATTACHMENT_READ_BIT,
                   VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL}},
                 [this, &times](VkCommandBuffer into) {
                   record_layer(into);
                   times.mark(into, "overlay");
                 });
  graph.add_pass(
    {{layer, VK_PIPELINE_STAGE_2_HOST_BIT, VK_ACCESS_2_HOST_READ_BIT, VK_IMAGE_LAYOUT_GENERAL}},
    [](VkCommandBuffer) {});
}

void overlay_drawer::record_layer(VkCommandBuffer into) const {
  VkRenderingAttachmentInfo colour{VK_STRUCTURE_TYPE_RENDERING_ATTACHMENT_INFO};
  colour.imageView = layer_.view.get();
  colour.imageLayout = VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL;
  colour.loadOp = VK_ATTACHMENT_LOAD_OP_CLEAR; // to nothing
  colour.storeOp = VK_ATTACHMENT_STORE_OP_STORE;
  VkRenderingInfo info{VK_STRUCTURE_TYPE_RENDERING_INFO};
  info.renderArea.extent = extent_;
  info.layerCount = 1;
  info.colorAttachmentCount = 1;
  info.pColorAttachments = &colour;
  vkCmdBeginRendering(into, &info);
  record(into);
  vkCmdEndRendering(into);
}

void overlay_drawer::record(VkCommandBuffer into) const {
  pipeline_->bind(into, extent_);
  const VkDeviceSize none = 0;
  const VkBuffer vertices = vertices_.handle.get();
  vkCmdBindVertexBuffers(into, 0, 1, &vertices, &none);
  vkCmdBindIndexBuffer(into, indices_.handle.get(), 0,
                       sizeof(ImDrawIdx) == 2 ? VK_INDEX_TYPE_UINT16 : VK_INDEX_TYPE_UINT32);
  for (const auto& one : parts_) {
    vkCmdSetScissor(into, 0, 1, &one.scissor);
    vkCmdDrawIndexed(into, one.index_count, 1, one.first_index, one.vertex_offset, 0);
  }
}

} // namespace tessera
