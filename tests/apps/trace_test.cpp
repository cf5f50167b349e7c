// Traces as their user meets them: the real command records, the tools read, and a decoder that knows only
// the public descriptions of both forms reads what they write.
#include "apps/trace_export.hpp"
#include "tests/apps/command_runner.hpp"

#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <random>
#include <sys/wait.h>

namespace tessera {
namespace {

using testing::run_command;

const std::string herds_world = R"(name = "small herds"
game = "herds"
seed = 3
extent = [16, 16]
shards = "2x4"
workers = 4
[parameters]
grazers = 1500
predators = 20
)";

std::string misbehaving_world(const std::string& parameters) {
  return "name = \"trap\"\ngame = \"" TESSERA_MODULE_DIR
         "/misbehaving_game.so\"\nextent = [8, 8]\nshards = \"2x2\"\nworkers = 2\n[parameters]\n" +
         parameters + "\n";
}

/// The command in another folder, where it may leave files.
testing::command_output run_in(const std::string& folder, const std::vector<std::string>& words) {
  const std::string errors = folder + "/errors";
  std::string line = "cd '" + folder + "' && exec " TESSERA_COMMAND;
  for (const auto& word : words)
    line += " '" + word + "'";
  testing::command_output out;
  const int status = std::system((line + " > /dev/null 2> '" + errors + "'").c_str());
  out.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  out.err = testing::read_file(errors);
  return out;
}

/// What the decoder found, or nothing and a failed test.
nlohmann::json decode(const std::string& form, const std::string& path) {
  const std::string command =
    "python3 " TESSERA_SOURCE_DIR "/tests/conformance/trace_decoder.py " + form + " " + path;
  std::FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  std::string text;
  std::array<char, 4096> buffer{};
  while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe))
    text.append(buffer.data(), count);
  EXPECT_EQ(::pclose(pipe), 0) << form << ": " << text;
  return nlohmann::json::parse(text, nullptr, false);
}

class trace_test : public ::testing::Test {
protected:
  std::string recorded(const std::string& world_text, std::vector<std::string> arguments) {
    const std::string world = folder.write("w.toml", world_text);
    const std::string trace = folder.path("t.trace");
    arguments.insert(arguments.begin(), {"run", world, "--speed", "max", "--trace", trace,
                                         "--report", folder.path("r.json")});
    auto ended = run_command(arguments);
    EXPECT_EQ(ended.code, 0) << ended.err;
    report = testing::read_json(folder.path("r.json"));
    return trace;
  }

  static nlohmann::json told(const std::string& tool, const std::string& trace,
                             const std::vector<std::string>& more = {}) {
    std::vector<std::string> words{"trace", tool, trace, "--json"};
    words.insert(words.end(), more.begin(), more.end());
    auto ended = run_command(words);
    EXPECT_EQ(ended.code, 0) << ended.err;
    return nlohmann::json::parse(ended.out, nullptr, false);
  }

  /// Converts to both forms, decodes them, and compares them with the records.
  void check_exports(const std::string& trace) {
    const auto stats = told("stats", trace);
    for (const std::string form : {"perfetto", "chrome"}) {
      const std::string out = folder.path(form);
      const auto made = told("convert", trace, {"--to", form, "-o", out});
      const auto found = decode(form, out);
      EXPECT_EQ(found["flows"], stats["paired"]) << form;
      EXPECT_EQ(found["flows"], made["flows"]) << form;
      EXPECT_EQ(found["bytes"], made["bytes"]) << form;
      EXPECT_EQ(found["slices"], stats["handled"].get<int>() + stats["spans"].get<int>()) << form;
      if (form == "perfetto") {
        EXPECT_EQ(found["sends"], stats["enqueued"]);
      }
      for (const auto& [name, count] : stats["spans_by_name"].items())
        EXPECT_EQ(found["names"][name], count) << form << " " << name;
      EXPECT_EQ(made["sent_not_handled"], stats["sent_not_handled"]);
      EXPECT_EQ(made["handled_not_sent"], stats["handled_not_sent"]);
    }
  }

  /// The one trace that a run left in a folder; empty if there is none.
  std::string left_in(const std::filesystem::path& where) {
    std::string found;
    for (const auto& entry : std::filesystem::directory_iterator(where))
      if (entry.path().extension() == ".trace") {
        EXPECT_EQ(found, "") << entry.path();
        found = entry.path().string();
      }
    return found;
  }

  testing::scratch_folder folder;
  nlohmann::json report;
};

TEST_F(trace_test, of_herds_on_eight_shards_has_every_message_and_its_flow_and_invents_none) {
  const auto trace = recorded(herds_world, {"--ticks", "40"});
  const auto stats = told("stats", trace);
  EXPECT_EQ(stats["between_actors"], report["messages_sent"]);
  EXPECT_EQ(stats["lost"], 0);
  EXPECT_EQ(stats["cut_off"], false);
  EXPECT_EQ(stats["handled_not_sent"], 0) << "a message that was handled was enqueued";
  EXPECT_EQ(stats["paired"], stats["handled"]);
  EXPECT_EQ(stats["handlers_unfinished"], 0);
  EXPECT_EQ(stats["handlers_unbegun"], 0);
  EXPECT_EQ(stats["messages"]["grant_tick"]["handled"], 8 * 40);
  EXPECT_EQ(stats["spans_by_name"]["tick"], 8 * 40);
  EXPECT_EQ(report["trace"]["records"], stats["records"]);
  EXPECT_EQ(report["trace"]["lost"], 0);
  EXPECT_EQ(report["trace"]["file"], trace);
  for (const auto& [what, value] : std::map<std::string, std::string>{{"world", "small herds"},
                                                                      {"game", "herds"},
                                                                      {"layout", "2x4"},
                                                                      {"workers", "4"},
                                                                      {"tick_rate_hz", "20"},
                                                                      {"seed", "3"}})
    EXPECT_EQ(stats["about"][what], value) << what;
  check_exports(trace);
}

TEST_F(trace_test, of_a_window_holds_its_ticks_and_counts_what_the_window_cut) {
  const auto trace =
    recorded(herds_world, {"--ticks", "40", "--trace-from", "10", "--trace-to", "14"});
  const auto stats = told("stats", trace);
  EXPECT_GE(stats["first_tick"], 10 - 4);
  EXPECT_LE(stats["last_tick"], 14 + 4);
  EXPECT_GT(stats["paired"], 8 * 5);
  check_exports(trace);
  EXPECT_EQ(told("path", trace, {"--tick", "12"})["reaches_grant"], true);
}

TEST_F(trace_test, of_some_actors_holds_only_those) {
  const auto trace = recorded(herds_world, {"--ticks", "10", "--trace-actors", "shard [0-3]"});
  for (const auto& row : told("top", trace, {"--rows", "100"})["actors"])
    EXPECT_LT(row["name"].get<std::string>(), "shard 4");
  check_exports(trace);
}

TEST_F(trace_test, changes_no_hash) {
  const auto trace = recorded(testing::flock_world, {"--ticks", "20"});
  const auto traced = report["world_hash"];
  auto ended = run_command({"run", folder.path("w.toml"), "--ticks", "20", "--speed", "max",
                            "--no-flight-recorder", "--report", folder.path("r.json")});
  ASSERT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(testing::read_json(folder.path("r.json"))["world_hash"], traced);
}

TEST_F(trace_test, that_was_cut_off_is_read_to_its_last_whole_chunk_and_says_so) {
  const auto trace = recorded(herds_world, {"--ticks", "30"});
  const auto whole = testing::read_file(trace);
  const auto cut = folder.write("cut.trace", whole.substr(0, whole.size() * 3 / 4));
  const auto stats = told("stats", cut);
  EXPECT_EQ(stats["cut_off"], true);
  EXPECT_LT(stats["records"], told("stats", trace)["records"]);
  check_exports(cut);
  for (const char* tool : {"stats", "top", "path"}) {
    auto ended = run_command({"trace", tool, cut});
    EXPECT_NE(ended.out.find("has no end"), std::string::npos) << tool << ended.out << ended.err;
  }
}

TEST_F(trace_test, json_is_capped_with_a_notice_that_names_the_cap) {
  const auto trace = recorded(herds_world, {"--ticks", "10"});
  const std::string out = folder.path("capped.json");
  auto ended =
    run_command({"trace", "convert", trace, "--to", "chrome", "-o", out, "--most", "500"});
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_NE(ended.out.find("only the first 500 of "), std::string::npos) << ended.out;
  const auto found = decode("chrome", out);
  EXPECT_LT(found["slices"], 500);
  EXPECT_GT(found["flows"], 0);
}

TEST_F(trace_test, path_and_top_find_the_shard_and_the_system_that_made_a_tick_slow) {
  const auto trace = recorded(misbehaving_world("stall_ms = 200"), {"--ticks", "12"});
  const auto path = told("path", trace); // the slowest
  EXPECT_EQ(path["reaches_grant"], true);
  EXPECT_GE(path["us"], 200e3);
  nlohmann::json longest = path["steps"][0];
  double sum = 0;
  for (const auto& step : path["steps"]) {
    sum += step["queued_us"].get<double>() + step["ran_us"].get<double>();
    if (step["ran_us"] > longest["ran_us"])
      longest = step;
  }
  EXPECT_NEAR(sum, path["us"].get<double>(), 1) << "the steps are the whole of the tick";
  EXPECT_EQ(longest["actor"], "shard 0");
  EXPECT_GE(longest["spent_on"]["misbehave"], 200e3);
  EXPECT_EQ(path["steps"].back()["message"], "tick_done");
  const auto top = told("top", trace);
  EXPECT_EQ(top["actors"][0]["name"], "shard 0");
  bool found = false;
  for (const auto& row : top["spans"])
    if (row["name"] == "misbehave") {
      found = true;
      EXPECT_GE(row["run"]["max_us"], 200e3);
      EXPECT_LT(row["run"]["p50_us"], 200e3);
    }
  EXPECT_TRUE(found) << top.dump(1);
}

TEST_F(trace_test, tools_refuse_what_is_no_trace_and_ticks_that_are_not_there) {
  auto ended = run_command({"trace", "stats", folder.write("no.trace", std::string(99, 'x'))});
  EXPECT_EQ(ended.code, 1);
  EXPECT_NE(ended.err.find("no trace of Tessera"), std::string::npos) << ended.err;
  ended = run_command({"trace", "top", folder.path("none.trace")});
  EXPECT_EQ(ended.code, 14);
  const auto trace = recorded(herds_world, {"--ticks", "10"});
  ended = run_command({"trace", "path", trace, "--tick", "99"});
  EXPECT_EQ(ended.code, 14);
  EXPECT_NE(ended.err.find("whole are ticks 0 to 9"), std::string::npos) << ended.err;
  ended = run_command({"trace", "convert", trace, "--to", "chrome", "-o", "/nowhere/t.json"});
  EXPECT_EQ(ended.code, 6);
  ended = run_command({"trace"});
  EXPECT_EQ(ended.code, 2);
}

TEST_F(trace_test, bad_combinations_of_options_are_usage_errors) {
  const std::string world = folder.write("w.toml", testing::store_world);
  const std::vector<std::vector<std::string>> bad{
    {"--trace-from", "3"},
    {"--trace-actors", "shard *"},
    {"--trace", "t.trace", "--trace-from", "5", "--trace-to", "4"},
    {"--trace", "t.trace", "--trace-from", "7", "--ticks", "7"},
    {"--stall-limit-ms", "soon"},
    {"--stall-limit-ms", "-1"},
  };
  for (auto arguments : bad) {
    arguments.insert(arguments.begin(), {"run", world});
    auto ended = run_command(arguments);
    EXPECT_EQ(ended.code, 2) << arguments[2] << ended.err;
    EXPECT_NE(ended.err.find(arguments[2].substr(0, 7)), std::string::npos) << ended.err;
  }
  auto ended = run_command({"run", world, "--ticks", "2", "--trace", "/nowhere/t.trace"});
  EXPECT_EQ(ended.code, 6);
  EXPECT_NE(ended.err.find("/nowhere/t.trace"), std::string::npos) << ended.err;
}

TEST_F(trace_test, the_flight_recorder_is_written_when_a_tick_fails) {
  const std::string world =
    folder.write("w.toml", "name = \"a trap\"\ngame = \"" TESSERA_MODULE_DIR
                           "/throwing_game.so\"\nextent = [8, 8]\nshards = \"2x2\"\nworkers = 2\n");
  const std::string path = folder.path("r.json");
  const std::vector<std::string> run{"run",     world, "--ticks",  "100",
                                     "--speed", "max", "--report", path};
  auto ended = run_in(folder.path("."), run);
  EXPECT_EQ(ended.code, 1);
  const auto trace = left_in(folder.path("."));
  EXPECT_TRUE(trace.ends_with("/a_trap-tick-7.trace")) << trace;
  EXPECT_NE(ended.err.find("a_trap-tick-7.trace"), std::string::npos) << ended.err;
  EXPECT_EQ(testing::read_json(path)["trace"]["flight_file"], "a_trap-tick-7.trace");
  EXPECT_GE(told("stats", trace)["messages"]["tick_failed"]["enqueued"], 1);
  check_exports(trace);
  std::filesystem::remove(trace);
  auto without = run;
  without.emplace_back("--no-flight-recorder");
  EXPECT_EQ(run_in(folder.path("."), without).code, 1);
  EXPECT_EQ(left_in(folder.path(".")), "");
}

TEST_F(trace_test, the_flight_recorder_of_a_kept_world_lies_in_its_directory_in_nobodys_way) {
  const std::string world = folder.write("w.toml", misbehaving_world("crash = 2"));
  const std::string kept = folder.path("kept");
  const std::vector<std::string> run{"run",     world, "--data",  kept,
                                     "--ticks", "20",  "--speed", "max"};
  EXPECT_EQ(run_command(run).code, 128 + SIGABRT);
  const auto trace = left_in(kept);
  ASSERT_NE(trace.find("/trap-crash-tick-"), std::string::npos) << trace;
  for (const std::vector<std::string>& words : {std::vector<std::string>{"log", "list", kept},
                                                {"backup", kept, folder.path("copy")},
                                                {"log", "verify", kept},
                                                {"checkpoint", "list", kept}}) {
    auto ended = run_command(words);
    EXPECT_EQ(ended.code, 0) << words[0] << ended.err;
  }
  EXPECT_EQ(run_command(run).code, 128 + SIGABRT) << "it opens, and crashes where it did";
}

class crash_test : public trace_test, public ::testing::WithParamInterface<int> {};

TEST_P(crash_test, leaves_the_flight_recorder_and_the_signal_as_it_was) {
  const int number = GetParam();
  const std::string world =
    folder.write("w.toml", misbehaving_world(number == SIGSEGV ? "crash = 1" : "crash = 2"));
  auto ended = run_in(folder.path("."), {"run", world, "--ticks", "20", "--speed", "max"});
  EXPECT_EQ(ended.code, 128 + number) << ended.err;
  const auto trace = left_in(folder.path("."));
  ASSERT_NE(trace.find("/trap-crash-tick-"), std::string::npos) << ended.err;
  EXPECT_NE(ended.err.find("trap-crash-tick-"), std::string::npos) << ended.err;
  const auto stats = told("stats", trace);
  EXPECT_EQ(stats["cut_off"], false);
  EXPECT_GE(stats["handlers_unfinished"], 1) << "the one that crashed";
  check_exports(trace);
}

TEST_P(crash_test, finishes_the_trace_that_was_asked_for) {
  const int number = GetParam();
  const std::string world =
    folder.write("w.toml", misbehaving_world(number == SIGSEGV ? "crash = 1" : "crash = 2"));
  auto ended = run_in(folder.path("."),
                      {"run", world, "--ticks", "20", "--speed", "max", "--trace", "my.trace"});
  EXPECT_EQ(ended.code, 128 + number) << ended.err;
  EXPECT_EQ(left_in(folder.path(".")), folder.path("./my.trace"));
  EXPECT_EQ(told("stats", folder.path("my.trace"))["cut_off"], false);
}

INSTANTIATE_TEST_SUITE_P(signals, crash_test, ::testing::Values(SIGSEGV, SIGABRT),
                         [](const auto& of) { return of.param == SIGSEGV ? "segv" : "abrt"; });

TEST_F(trace_test, a_handler_that_outlasts_the_limit_is_named_with_its_stack_while_it_runs) {
  const std::string world = folder.write("w.toml", misbehaving_world("stall_ms = 700"));
  auto ended = run_command({"run", world, "--ticks", "10", "--speed", "max", "--stall-limit-ms",
                            "100", "--report", folder.path("r.json")});
  EXPECT_EQ(ended.code, 0) << ended.err;
  for (const char* word : {"warning: shard 0 has been handling ", " of tick ",
                           "misbehaving_game.so", "tessera::shard::step"})
    EXPECT_NE(ended.err.find(word), std::string::npos) << word << "\n" << ended.err;
  EXPECT_EQ(testing::read_json(folder.path("r.json"))["trace"]["stalls"], 1);
  EXPECT_NE(ended.out.find("outlasted the limit"), std::string::npos) << ended.out;
  ended = run_command({"run", world, "--ticks", "10", "--speed", "max", "--stall-limit-ms", "0"});
  EXPECT_EQ(ended.err, "");
}

// --- logs made by hand

TEST(trace_messages, of_random_traces_with_losses_give_exports_that_hold_together) {
  testing::scratch_folder folder;
  for (unsigned seed = 1; seed <= 12; ++seed) {
    std::mt19937 random(seed);
    trace_recorder recorder(32);
    auto out = trace_writer::create(folder / "t.trace", recorder, trace_writer::begin::now, {});
    ASSERT_TRUE(out);
    const auto message = recorder.name("say");
    const auto span = recorder.name("think");
    std::map<std::uint32_t, std::vector<std::uint64_t>> boxes;
    for (int i = 0; i < 2000; ++i) {
      const std::uint32_t actor = 1 + random() % 4;
      const std::uint64_t number = 1 + random() % 40;
      auto& box = boxes[actor];
      if (random() % 2 == 0 || box.empty()) {
        bool used = false;
        for (const auto& [who, messages] : boxes)
          used |= std::ranges::count(messages, number) != 0;
        if (used)
          continue;
        box.push_back(number);
        recorder.record({trace_clock(), number, actor, 0, 1, trace_kind::enqueued, message});
      } else {
        const auto next = box.front();
        box.erase(box.begin());
        recorder.record({trace_clock(), next, actor, 0, 1, trace_kind::handling_began, message});
        recorder.arm();
        {
          const trace_span outer{{&recorder, actor, 1}, span};
          const trace_span inner{{&recorder, actor, 1}, span};
        }
        recorder.record({trace_clock(), next, actor, 0, 1, trace_kind::handling_ended, message});
      }
      if (random() % 20 == 0) {
        ASSERT_TRUE(out->drain());
      }
    }
    ASSERT_TRUE(out->finish());
    auto log = read_trace(folder / "t.trace");
    ASSERT_TRUE(log);
    EXPECT_GT(log->lost, 0U);
    const trace_messages messages(*log);
    const auto& sums = messages.totals();
    EXPECT_GT(sums.not_sent + sums.not_handled + sums.unfinished + sums.unbegun, 0U);
    ASSERT_TRUE(write_perfetto(*log, messages, folder / "p"));
    ASSERT_TRUE(write_chrome_json(*log, messages, folder / "c"));
    for (const std::string form : {"perfetto", "chrome"}) {
      const auto found = decode(form, folder.path(form.substr(0, 1)));
      EXPECT_EQ(found["flows"], sums.paired) << form << " " << seed;
      EXPECT_EQ(found["slices"], sums.handled + sums.spans) << form << " " << seed;
    }
  }
}

} // namespace
} // namespace tessera
