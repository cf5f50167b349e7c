#include "net/field_expression.hpp"

#include "net/id_text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <string>

namespace tessera {

namespace {

struct token {
  enum class kind { name, number, text, sign, end } what = kind::end;
  std::string_view text;
  std::size_t at = 0;
};

bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_name(char c) {
  return is_name_start(c) || is_digit(c) || c == '.';
}

class parser {
public:
  parser(std::string_view text, const schema& game) : text_(text), game_(game) { advance(); }

  result<field_expression> parse() {
    if (auto ok = either(0); !ok)
      return tl::unexpected(ok.error());
    if (next_.what != token::kind::end)
      return refuse("and, or, or the end");
    return std::move(out_);
  }

private:
  tl::unexpected<error> refuse(const std::string& allowed) const {
    std::string found = next_.what == token::kind::end ? "the end" : std::string(next_.text);
    return fail(error_code::bad_command, "where: at character " + std::to_string(next_.at + 1) +
                                           " found " + found + "; allowed: " + allowed);
  }

  void advance() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t'))
      ++at_;
    const std::size_t begin = at_;
    next_ = {token::kind::end, {}, begin};
    if (at_ == text_.size())
      return;
    const char c = text_[at_];
    auto take = [&](token::kind what, auto more) {
      while (at_ < text_.size() && more(text_[at_]))
        ++at_;
      next_ = {what, text_.substr(begin, at_ - begin), begin};
    };
    if (is_name_start(c)) {
      take(token::kind::name, is_name);
    } else if (is_digit(c) || c == '-' || c == '+' || c == '.') {
      ++at_;
      take(token::kind::number, [&](char d) {
        const char last = text_[at_ - 1];
        return is_name(d) || ((d == '-' || d == '+') && (last == 'e' || last == 'E'));
      });
    } else if (c == '"' || c == '\'') {
      ++at_;
      take(token::kind::text, [&](char d) { return d != c; });
      if (at_ < text_.size())
        ++at_;
      next_.text = text_.substr(begin, at_ - begin);
    } else {
      const bool two = at_ + 1 < text_.size() && (text_[at_ + 1] == '=' || text_[at_ + 1] == c);
      at_ += two ? 2 : 1;
      // "((" and "))" are two signs each.
      if (c == '(' || c == ')')
        at_ = begin + 1;
      next_ = {token::kind::sign, text_.substr(begin, at_ - begin), begin};
    }
  }

  bool accept(std::string_view word, std::string_view sign) {
    const bool is = (next_.what == token::kind::name && next_.text == word) ||
                    (next_.what == token::kind::sign && next_.text == sign);
    if (is)
      advance();
    return is;
  }

  void push(filter_step::kind what) { out_.filter.push_back({what, 0, 0, {}, 0}); }

  result<void> either(std::size_t depth) {
    if (auto ok = both(depth); !ok)
      return ok;
    while (accept("or", "||")) {
      if (auto ok = both(depth); !ok)
        return ok;
      push(filter_step::kind::either);
    }
    return {};
  }

  result<void> both(std::size_t depth) {
    if (auto ok = single(depth); !ok)
      return ok;
    while (accept("and", "&&")) {
      if (auto ok = single(depth); !ok)
        return ok;
      push(filter_step::kind::both);
    }
    return {};
  }

  result<void> single(std::size_t depth) {
    if (depth == expression_limits::depth)
      return refuse("at most " + std::to_string(expression_limits::depth) +
                    " parentheses and not inside each other");
    if (accept("not", "!")) {
      auto ok = single(depth + 1);
      push(filter_step::kind::negate);
      return ok;
    }
    if (accept("", "(")) {
      if (auto ok = either(depth + 1); !ok)
        return ok;
      return accept("", ")") ? result<void>{} : refuse("and, or, or a closing parenthesis");
    }
    if (++comparisons_ > expression_limits::comparisons)
      return refuse("at most " + std::to_string(expression_limits::comparisons) + " comparisons");
    return accept("has", "") ? has() : comparison();
  }

  result<void> has() {
    component_id id = 0;
    if (next_.what != token::kind::name ||
        game_.find_component(std::string(next_.text), &id) == nullptr)
      return refuse("the name of a component: " + component_names());
    advance();
    out_.filter.push_back({filter_step::kind::has, id, 0, {}, 0});
    return {};
  }

  std::string component_names() const {
    std::string names;
    for (const auto& c : game_.components)
      names += (names.empty() ? "" : ", ") + c.name;
    return names;
  }

  struct place {
    component_id component = 0;
    std::uint16_t field = 0;
  };

  result<place> find_field(std::string_view name) const {
    std::vector<place> found;
    std::string every;
    for (std::size_t c = 0; c < game_.components.size(); ++c) {
      const auto& component = game_.components[c];
      for (std::size_t f = 0; f < component.fields.size(); ++f) {
        const auto& field = component.fields[f];
        const std::string whole = component.name + "." + field.name;
        if (field.type == field_type::cell)
          continue;
        every += (every.empty() ? "" : ", ") + whole;
        if (name == whole)
          return place{static_cast<component_id>(c), static_cast<std::uint16_t>(f)};
        if (name == field.name || (name == component.name && component.fields.size() == 1))
          found.push_back({static_cast<component_id>(c), static_cast<std::uint16_t>(f)});
      }
    }
    if (found.size() == 1)
      return found.front();
    if (found.empty())
      return refuse("has NAME, not, a parenthesis, or a field: " + every);
    std::string names;
    for (const auto& p : found) {
      const auto& component = game_.components[p.component];
      names += (names.empty() ? "" : ", ") + component.name + "." + component.fields[p.field].name;
    }
    return refuse("one of " + names + ", which all have that name");
  }

  std::optional<filter_step::comparison> sign() const {
    using enum filter_step::comparison;
    if (next_.what != token::kind::sign)
      return std::nullopt;
    if (next_.text == "<")
      return less;
    if (next_.text == "<=")
      return at_most;
    if (next_.text == ">")
      return more;
    if (next_.text == ">=")
      return at_least;
    if (next_.text == "==" || next_.text == "=")
      return equal;
    if (next_.text == "!=")
      return unequal;
    return std::nullopt;
  }

  result<long double> value_for(field_type type) const {
    if (type == field_type::boolean) {
      if (next_.what == token::kind::name && (next_.text == "true" || next_.text == "false"))
        return next_.text == "true" ? 1.0L : 0.0L;
      return refuse("true or false");
    }
    if (type == field_type::entity) {
      auto id = next_.what == token::kind::text && next_.text.size() >= 2
                  ? parse_entity_id(next_.text.substr(1, next_.text.size() - 2))
                  : std::nullopt;
      if (!id)
        return refuse("an entity id in quotes: 16 hex digits");
      return static_cast<long double>(id->value);
    }
    long double value = 0;
    std::string_view digits = next_.text;
    if (digits.starts_with('+'))
      digits.remove_prefix(1);
    auto [last, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (next_.what != token::kind::number || ec != std::errc{} ||
        last != digits.data() + digits.size() || !std::isfinite(value))
      return refuse("a number");
    return value;
  }

  result<void> comparison() {
    if (next_.what != token::kind::name)
      return refuse("has NAME, not, a parenthesis, or a field");
    auto where = find_field(next_.text);
    if (!where)
      return tl::unexpected(where.error());
    advance();
    auto how = sign();
    if (!how)
      return refuse("< <= > >= == !=");
    advance();
    const field_info& field = game_.components[where->component].fields[where->field];
    auto value = value_for(field.type);
    if (!value)
      return tl::unexpected(value.error());
    // An f32 field holds the nearest float to what was set; so does the number it is compared with.
    if (field.type == field_type::f32 && std::abs(*value) <= std::numeric_limits<float>::max())
      *value = static_cast<float>(*value);
    advance();
    out_.filter.push_back(
      {filter_step::kind::compare, where->component, where->field, *how, *value});
    out_.shown |= bit_of(where->component);
    std::pair<component_id, std::uint16_t> named{where->component, where->field};
    if (std::find(out_.fields.begin(), out_.fields.end(), named) == out_.fields.end())
      out_.fields.push_back(named);
    return {};
  }

  std::string_view text_;
  const schema& game_;
  std::size_t at_ = 0;
  token next_;
  std::size_t comparisons_ = 0;
  field_expression out_;
};

} // namespace

result<field_expression> parse_field_expression(std::string_view text, const schema& game) {
  if (text.size() > expression_limits::characters)
    return fail(error_code::bad_command,
                "where: found " + std::to_string(text.size()) +
                  " characters; allowed: " + std::to_string(expression_limits::characters));
  return parser{text, game}.parse();
}

} // namespace tessera
