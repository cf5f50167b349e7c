// Conditions as people write them: what they mean, and what is said of those that mean nothing.
#include "net/field_expression.hpp"
#include "tests/support/test_games.hpp"
#include "tests/support/worlds.hpp"

#include <gtest/gtest.h>
#include <random>

namespace tessera::testing {
namespace {

const schema& game() {
  static const auto setup = make_world(wanderers::definition.define);
  return *setup->game;
}

std::string refused(const std::string& text) {
  auto parsed = parse_field_expression(text, game());
  return parsed ? "" : parsed.error().message;
}

TEST(field_expression, becomes_steps_in_postfix_order) {
  auto parsed = parse_field_expression("pokes > 3 and not (warmth <= 0.5 or has asleep)", game());
  ASSERT_TRUE(parsed.has_value()) << parsed.error().message;
  using enum filter_step::kind;
  std::vector<filter_step::kind> kinds;
  for (const auto& s : parsed->filter)
    kinds.push_back(s.what);
  EXPECT_EQ(kinds, (std::vector{compare, compare, has, either, negate, both}));
  EXPECT_EQ(parsed->filter[0].how, filter_step::comparison::more);
  EXPECT_EQ(parsed->filter[0].number, 3);
  EXPECT_EQ(parsed->fields.size(), 2U);
}

TEST(field_expression, takes_whole_names_numbers_signs_and_ids) {
  for (const char* text : {"mood.warmth>-1.5e3", "purse.coins == 18446744073709551615",
                           "armour > 0.1", "purse.friend == \"0001000200000003\"",
                           "!(pokes=1)||pokes!=2&&pokes<3", "velocity.x >= +.5"})
    EXPECT_EQ(refused(text), "") << text;
  EXPECT_EQ(parse_field_expression("purse.coins == 18446744073709551615", game())->filter[0].number,
            18446744073709551615.0L);
}

TEST(field_expression, names_the_place_what_was_found_and_what_is_allowed) {
  EXPECT_NE(refused("hunger > 1").find("found hunger"), std::string::npos);
  EXPECT_NE(refused("hunger > 1").find("mood.warmth"), std::string::npos);
  EXPECT_NE(refused("x > 1").find("velocity.x"), std::string::npos) << "two components have x";
  EXPECT_NE(refused("pokes >").find("character 8 found the end"), std::string::npos);
  EXPECT_NE(refused("pokes 3").find("< <= > >="), std::string::npos);
  EXPECT_NE(refused("pokes > 3 pokes > 4").find("and, or, or the end"), std::string::npos);
  EXPECT_NE(refused("(pokes > 3").find("closing parenthesis"), std::string::npos);
  EXPECT_NE(refused("has nothing").find("asleep"), std::string::npos);
  EXPECT_NE(refused("purse.friend == 3").find("in quotes"), std::string::npos);
  EXPECT_NE(refused("pokes > nan").find("a number"), std::string::npos);
  EXPECT_NE(refused("").find("found the end"), std::string::npos);
}

TEST(field_expression, is_bounded_in_length_depth_and_number) {
  EXPECT_NE(refused(std::string(501, ' ')).find("501 characters"), std::string::npos);
  EXPECT_NE(refused(std::string(400, '(')).find("inside each other"), std::string::npos);
  EXPECT_NE(refused(std::string(400, '!')).find("!"), std::string::npos);
  std::string many = "pokes>1";
  for (int i = 0; i < 40; ++i)
    many += "|pokes>1";
  EXPECT_NE(refused(many), "");
  many = "pokes>1";
  for (int i = 0; i < 40; ++i)
    many += "||pokes>1";
  EXPECT_NE(refused(many).find("at most 32"), std::string::npos);
}

TEST(field_expression, ends_for_any_text) {
  std::mt19937 random{7};
  const std::string pieces[] = {"pokes", "warmth", " ",   ">",    "<=", "=",    "(",  ")",
                                "and",   "or",     "not", "has",  "!",  "&&",   "1",  "-",
                                ".5",    "'",      "\"",  "\xff", "e9", "true", "\n", "\0"};
  std::size_t fine = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string text;
    for (std::size_t n = random() % 12; n > 0; --n)
      text += pieces[random() % std::size(pieces)];
    fine += parse_field_expression(text, game()).has_value() ? 1U : 0U;
  }
  EXPECT_GT(fine, 0U);
}

} // namespace
} // namespace tessera::testing
