#include "apps/acks.hpp"

#include "apps/text.hpp"
#include "net/json_values.hpp"

#include <nlohmann/json.hpp>

namespace tessera {

std::string ack_line(const ack& answer, const schema& game) {
  nlohmann::ordered_json line;
  if (answer.line != 0) {
    line["line"] = answer.line;
  } else {
    line["session"] = answer.session;
    line["seq"] = answer.sequence;
    line["tick"] = answer.tick;
  }
  line["result"] = answer.result;
  if (answer.entity)
    line["entity"] = hex_text(answer.entity.value);
  if (!answer.value.empty()) {
    const auto& info = game.components[answer.component];
    line["value"] = fields_value(info.fields, answer.value.data());
  }
  if (!answer.reason.empty())
    line["reason"] = answer.reason;
  return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

result<acks_file> acks_file::create(const std::filesystem::path& path,
                                    std::shared_ptr<const schema> game) {
  acks_file file;
  file.game_ = std::move(game);
  file.path_ = path;
  file.out_.open(path, std::ios::trunc);
  if (!file.out_)
    return fail(error_code::failure,
                path.string() + ": the acks cannot be written there; is there such a folder?");
  return file;
}

void acks_file::write(const std::vector<ack>& answers) {
  if (answers.empty())
    return;
  for (const auto& one : answers)
    out_ << ack_line(one, *game_) << '\n';
  out_.flush();
}

result<void> acks_file::close() {
  out_.close();
  if (!out_)
    return fail(error_code::failure, path_.string() + ": not all acks could be written");
  return {};
}

} // namespace tessera
