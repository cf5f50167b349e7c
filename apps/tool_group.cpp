#include "apps/tool_group.hpp"

#include "apps/text.hpp"

#include <string>

namespace tessera {

CLI::App* add_group(CLI::App& app, exit_code& code, const char* name, const char* words) {
  CLI::App* group = app.add_subcommand(name, words);
  group->require_subcommand(0, 1); // none is complained of below, in better words
  group->callback([group, &code] {
    if (!group->get_subcommands().empty())
      return;
    std::string names;
    for (const auto* tool : group->get_subcommands([](const CLI::App*) { return true; }))
      names += (names.empty() ? "" : ", ") + tool->get_name();
    complain("which tool? " + names + "\nsee: tessera " + group->get_name() + " --help");
    code = exit_code::usage;
  });
  return group;
}

} // namespace tessera
