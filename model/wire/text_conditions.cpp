// SPDX-License-Identifier: GPL-2.0-or-later
// The conditions behind `where`: $p in 1024-65535 and $p != 4000.
#include "model/wire/text.h"
#include "model/wire/text_lexer.h"

#include <limits>

namespace natstep::wire {
namespace text {
namespace {

std::uint32_t number(std::string_view word, std::size_t offset) {
  const auto value = parse_number(word);
  if (!value) fail(offset, "expected a number", "as in $p in 1024-65535");
  if (*value > std::numeric_limits<std::uint32_t>::max()) fail(offset, "the number is too large");
  return static_cast<std::uint32_t>(*value);
}

std::string variable(Lexer& lexer) {
  const Token token = lexer.take();
  if (token.kind != Token::Kind::word || !token.text.starts_with('$') ||
      !is_name(token.text.substr(1))) {
    fail(token.offset, "expected a variable", "as in $p in 1024-65535");
  }
  return std::string(token.text.substr(1));
}

void read_range(Condition& condition, const Token& token) {
  const std::size_t dash = token.text.find('-');
  if (dash == std::string_view::npos) fail(token.offset, "expected a range", "as in 1024-65535");
  condition.kind = Condition::Kind::in_range;
  condition.low = number(token.text.substr(0, dash), token.offset);
  condition.high = number(token.text.substr(dash + 1), token.offset + dash + 1);
  if (condition.low > condition.high) {
    fail(token.offset, "the range is empty", "its first number is the smaller one");
  }
}

Condition read_condition(Lexer& lexer) {
  Condition condition{.variable = variable(lexer)};
  const Token relation = lexer.take();
  if (relation.text == "even" || relation.text == "odd") {
    condition.kind = relation.text == "even" ? Condition::Kind::even : Condition::Kind::odd;
    return condition;
  }
  const Token operand = lexer.take();
  if (relation.text == "in") {
    read_range(condition, operand);
  } else if (relation.text == "==" || relation.text == "=") {
    condition.kind = Condition::Kind::equal;
    condition.low = condition.high = number(operand.text, operand.offset);
  } else if (relation.text == "!=") {
    condition.kind = Condition::Kind::not_equal;
    condition.low = condition.high = number(operand.text, operand.offset);
  } else {
    fail(relation.offset, "expected `in`, `==`, `!=`, `even` or `odd`", "as in $p in 1024-65535");
  }
  return condition;
}

std::vector<Condition> read_conditions(Lexer& lexer) {
  std::vector<Condition> conditions = {read_condition(lexer)};
  while (lexer.peek().kind != Token::Kind::end) {
    const Token conjunction = lexer.take();
    if (conjunction.text != "and") {
      fail(conjunction.offset, "expected `and`", "conditions are joined by `and`");
    }
    conditions.push_back(read_condition(lexer));
  }
  return conditions;
}

}  // namespace
}  // namespace text

Parsed<std::vector<Condition>> parse_conditions(std::string_view source) {
  try {
    text::Lexer lexer(source);
    return text::read_conditions(lexer);
  } catch (const text::Mistake& mistake) {
    return mistake.error;
  }
}

std::string to_string(const Condition& condition) {
  std::string variable = '$' + condition.variable;
  const std::string low = std::to_string(condition.low);
  switch (condition.kind) {
    case Condition::Kind::in_range:
      return variable + " in " + low + '-' + std::to_string(condition.high);
    case Condition::Kind::equal:
      return variable + " == " + low;
    case Condition::Kind::not_equal:
      return variable + " != " + low;
    case Condition::Kind::even:
      return variable + " even";
    case Condition::Kind::odd:
      return variable + " odd";
  }
  return variable;
}

}  // namespace natstep::wire
