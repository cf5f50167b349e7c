#include "apps/frame_files.hpp"

namespace tessera {

result<void> create_file(std::ofstream& file, const std::string& path, const char* what) {
  if (path.empty())
    return {};
  file.open(path, std::ios::trunc);
  if (!file)
    return fail(error_code::failure,
                path + ": the " + what + " cannot be written there; is there such a folder?");
  return {};
}

result<void> frame_files::create(const frame_file_names& names) {
  names_ = names;
  return create_file(csv_, names.csv, "frame record").and_then([&] {
    return create_file(json_, names.json, "frame record");
  });
}

result<void> frame_files::write(const frame_record& frames, const frame_record_facts& about) {
  if (csv_.is_open())
    write_frames_csv(csv_, frames);
  if (json_.is_open())
    write_frames_json(json_, frames, about);
  return close(csv_, names_.csv).and_then([&] { return close(json_, names_.json); });
}

result<void> frame_files::close(std::ofstream& file, const std::string& path) {
  if (!file.is_open())
    return {};
  file.close();
  if (!file)
    return fail(error_code::failure, path + ": the frame record could not be written");
  return {};
}

} // namespace tessera
