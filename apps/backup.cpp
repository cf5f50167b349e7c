// `tessera backup` and `tessera restore`: copies of a kept world, checked to the last byte.
#include "apps/kept_copy.hpp"
#include "apps/subcommands.hpp"
#include "apps/text.hpp"
#include "apps/tool_output.hpp"

#include <cstdio>
#include <memory>

namespace tessera {

namespace {

struct copy_options {
  std::string from;
  std::string to;
  bool no_border_log = false;
  bool json = false;
};

result<kept_copy> copy(const copy_options& options, bool from_backup) {
  auto to = new_directory::begin(options.to, options.from);
  if (!to)
    return tl::unexpected(to.error());
  // A backup that is damaged is told before anything of it is copied.
  if (from_backup)
    if (auto sound = verify_kept(options.from); !sound)
      return tl::unexpected(sound.error());
  auto made = copy_kept(options.from, *to, !options.no_border_log);
  if (!made)
    return made;
  if (auto ok = to->finish(); !ok)
    return tl::unexpected(ok.error());
  return made;
}

exit_code run_copy(const copy_options& options, bool from_backup) {
  // Looked at first, so that a wrong DIR is what is told.
  if (auto there = data_directory::open_to_read(posix_files(), options.from); !there)
    return complain(there.error());
  stopwatch watch;
  auto made = copy(options, from_backup);
  if (!made)
    return complain(made.error());
  if (options.json) {
    print_json({{"from", options.from},
                {"to", options.to},
                {"tick", made->sound.tick},
                {"checkpoints", made->sound.checkpoints},
                {"files", made->files},
                {"bytes", made->bytes},
                {"begun_again", made->begun_again},
                {"seconds", watch.seconds()}});
    return exit_code::fine;
  }
  std::printf("%s %s at tick %s: %s, %s MB, all of it read back and whole.\n", options.to.c_str(),
              from_backup ? "is restored and stands" : "holds the world as it was",
              grouped(made->sound.tick).c_str(), count_of(made->files, "file", "files").c_str(),
              short_number(static_cast<double>(made->bytes) / 1e6).c_str());
  std::printf(from_backup ? "To go on with it: tessera run --data %s\n"
                          : "To go back to it: tessera restore %s NEW_DIR\n",
              options.to.c_str());
  return exit_code::fine;
}

} // namespace

void add_backup(CLI::App& app, exit_code& code) {
  auto options = std::make_shared<copy_options>();
  CLI::App* command =
    app.add_subcommand("backup", "Copy a kept world, also while it runs, and check the copy");
  add_directory(*command, options->from);
  add_directory(*command, options->to, "TO", "The copy; nothing may be there yet");
  command->add_flag(
    "--no-border-log", options->no_border_log,
    "Leave the border log out, mostly the larger part: the world needs none, but no "
    "shard of the copy can be replayed alone");
  add_json(*command, options->json);
  command->footer(
    "The copy holds everything that was durable when its journal was read, and is a data\n"
    "directory itself: tools read it, and `tessera restore` makes a world of it again.\n"
    "Example:\n"
    "  tessera backup /var/lib/my-world /backup/my-world-monday\n"
    "More: docs/manual/operating.md.");
  command->callback([options, &code] { code = run_copy(*options, false); });
}

void add_restore(CLI::App& app, exit_code& code) {
  auto options = std::make_shared<copy_options>();
  CLI::App* command =
    app.add_subcommand("restore", "Make a data directory of a backup, checked before and after");
  add_directory(*command, options->from, "BACKUP", "What `tessera backup` made; it is only read");
  add_directory(*command, options->to, "DIR", "The data directory; nothing may be there yet");
  add_json(*command, options->json);
  command->footer("Example:\n"
                  "  tessera restore /backup/my-world-monday /var/lib/my-world\n"
                  "  tessera run --data /var/lib/my-world\n"
                  "More: docs/manual/operating.md.");
  command->callback([options, &code] { code = run_copy(*options, true); });
}

} // namespace tessera
