// What /metrics writes, read by a checker of its own made from the format's public description.
#include "tests/net/exposition_check.hpp"

#include "net/metrics_text.hpp"

#include <gtest/gtest.h>
#include <limits>

namespace tessera::testing {
namespace {

TEST(metrics_text, is_what_the_format_asks_for) {
  metrics_text out;
  out.gauge("a", "A gauge with a \\ and a\nline.", 1.5);
  out.counter("b_total", "A counter.", 1e12);
  out.gauge("nan", "Not a number.", std::numeric_limits<double>::quiet_NaN());
  const std::vector<std::pair<metrics_text::labels, double>> samples{{{{"kind", "a \"b\"\\\n"}}, 1},
                                                                     {{{"kind", "c"}}, 2}};
  out.family("c", "gauge", "Labels.", samples);
  const double bounds[] = {0.5, 1};
  const unsigned long counts[] = {3, 2, 1};
  out.histogram("h_seconds", "A histogram.", bounds, counts, 4.5);
  EXPECT_EQ(exposition_error(out.text()), "");
  EXPECT_NE(out.text().find("tessera_h_seconds_bucket{le=\"1\"} 5\n"), std::string::npos);
  EXPECT_NE(out.text().find("tessera_h_seconds_bucket{le=\"+Inf\"} 6\n"), std::string::npos);
}

TEST(metrics_text, the_checker_finds_what_is_wrong) {
  EXPECT_NE(exposition_error("a 1\n"), "") << "no TYPE";
  EXPECT_NE(exposition_error("# HELP a x\n# TYPE a gauge\na 1"), "") << "no last newline";
  EXPECT_NE(exposition_error("# HELP a x\n# TYPE a gauge\na{b=c} 1\n"), "") << "no quotes";
  EXPECT_NE(exposition_error("# HELP a x\n# TYPE a gauge\na one\n"), "") << "no number";
  EXPECT_NE(exposition_error("# HELP a x\n# TYPE a gauge\na 1\na 2\n"), "") << "twice";
  EXPECT_NE(exposition_error("# HELP a x\n# TYPE a counter\na 1\n"), "") << "no _total";
  EXPECT_NE(exposition_error(
              "# HELP a x\n# TYPE a histogram\na_bucket{le=\"1\"} 2\na_bucket{le=\"+Inf\"} 1\n"
              "a_sum 1\na_count 1\n"),
            "")
    << "buckets fall";
}

} // namespace
} // namespace tessera::testing
