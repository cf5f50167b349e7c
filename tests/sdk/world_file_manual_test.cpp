#include "tests/sdk/world_file_sample.hpp"

#include <gtest/gtest.h>

#include <string>

namespace tessera::testing {
namespace {

/// Comment marks, line breaks and runs of spaces become one space each.
std::string as_prose(const std::string& text) {
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    if (text.compare(at, 3, "///") == 0)
      at += 3;
    else if (text[at] == '\n' || text[at] == ' ') {
      if (!out.empty() && out.back() != ' ')
        out += ' ';
      ++at;
    } else
      out += text[at++];
  }
  return out;
}

TEST(world_file_manual, manual_and_struct_describe_every_key_in_the_same_words) {
  const std::string manual = read_text(source_root() / "docs/manual/world-file.md");
  const std::string header = as_prose(read_text(source_root() / "sdk/world_file.hpp"));
  for (const auto& k : world_file_keys()) {
    const std::string row = "| `" + std::string(k.key) + "` | " + std::string(k.words) + " | " +
                            std::string(k.allowed) + " | " + std::string(k.default_value) + " | " +
                            std::string(k.unit) + " |\n";
    EXPECT_NE(manual.find(row), std::string::npos) << "docs/manual/world-file.md needs:\n" << row;
    const std::string comment = std::string(k.words) + " Allowed: " + std::string(k.allowed) + ".";
    EXPECT_NE(header.find(comment), std::string::npos) << "sdk/world_file.hpp needs:\n" << comment;
  }
  std::size_t described = 0;
  for (auto at = header.find(" Allowed: "); at != std::string::npos;
       at = header.find(" Allowed: ", at + 1))
    ++described;
  EXPECT_EQ(described, world_file_keys().size()) << "a member without a key in the table";
}

TEST(world_file_manual, the_example_of_persistence_is_the_default) {
  const std::string manual = read_text(source_root() / "docs/manual/world-file.md");
  const auto from = manual.find("```toml\n[persistence]\n") + 8;
  const auto example = parse_world_file("name = 'a'\ngame = 'g'\nextent = [2, 2]\n" +
                                          manual.substr(from, manual.find("```", from) - from),
                                        "v.toml");
  ASSERT_TRUE(example) << example.error().message;
  EXPECT_EQ(example->persistence.directory, "data");
  auto spec = example->persistence;
  spec.directory.reset();
  EXPECT_EQ(spec, persistence_spec{});
}

TEST(world_file_manual, the_manuals_example_is_the_default_world) {
  const std::string manual = read_text(source_root() / "docs/manual/world-file.md");
  const std::string open = "```toml\n";
  const auto from = manual.find(open) + open.size();
  const auto example = parse_world_file(manual.substr(from, manual.find("```", from) - from),
                                        "configs/worlds/herds.toml");
  ASSERT_TRUE(example) << example.error().message;
  const auto shipped = load_world_file(source_root() / "configs/worlds/herds.toml");
  ASSERT_TRUE(shipped) << shipped.error().message;
  EXPECT_EQ(example->name, shipped->name);
  EXPECT_EQ(example->extent_x, shipped->extent_x);
  EXPECT_EQ(example->extent_z, shipped->extent_z);
  EXPECT_EQ(example->shards, shipped->shards);
  EXPECT_EQ(example->parameters, shipped->parameters);
}

} // namespace
} // namespace tessera::testing
