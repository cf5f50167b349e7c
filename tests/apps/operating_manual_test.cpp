// docs/manual/operating.md names the test that shows each promise.
#include "tests/apps/command_runner.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <regex>
#include <set>

namespace tessera {
namespace {

TEST(operating_manual, every_test_that_it_names_is_there) {
  std::set<std::string> tests;
  const std::regex definition(R"(TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\))");
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(TESSERA_SOURCE_DIR "/tests")) {
    if (entry.path().extension() != ".cpp")
      continue;
    const std::string text = testing::read_file(entry.path());
    for (std::sregex_iterator at(text.begin(), text.end(), definition), end; at != end; ++at)
      tests.insert((*at)[1].str() + "." + (*at)[2].str());
  }
  const std::string page = testing::read_file(TESSERA_SOURCE_DIR "/docs/manual/operating.md");
  const std::string table = page.substr(page.find("## Which test shows it"));
  const std::regex named(R"(`(\w+\.\w{12,})`)");
  std::size_t found = 0;
  for (std::sregex_iterator at(table.begin(), table.end(), named), end; at != end; ++at, ++found)
    EXPECT_TRUE(tests.contains((*at)[1].str())) << (*at)[1].str();
  EXPECT_GT(found, 20u);
}

} // namespace
} // namespace tessera
