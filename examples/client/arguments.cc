#include "client/arguments.h"

#include <charconv>
#include <functional>
#include <map>
#include <stdexcept>

#include <boost/json/parse.hpp>

namespace json = boost::json;

const char* const kUsage =
    "usage: client URL [--transports websocket,polling] [--namespace N] [--auth JSON]\n"
    "              [--emit EVENT JSON_ARGS]... [--for SECONDS] [--attempts N]\n"
    "              [--delay MILLISECONDS] [--ca FILE]\n";

namespace {

json::value read_json(const std::string& text) {
  json::error_code error;
  json::value value = json::parse(text, error);
  if (error) throw std::invalid_argument("this is no JSON: " + text);
  return value;
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == ',') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

template <class Number>
Number read_number(const std::string& text, Number most) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0 || number > most)
    throw std::invalid_argument("this is no number here: " + text);
  return number;
}

}  // namespace

Arguments read_arguments(const std::vector<std::string>& words) {
  Arguments out;
  std::size_t at = 0;
  const auto next = [&]() -> const std::string& {
    if (at == words.size()) throw std::invalid_argument(words.back() + " wants a value");
    return words[at++];
  };
  const std::map<std::string, std::function<void()>> flags = {
      {"--transports", [&] { out.options.transports = split(next()); }},
      {"--namespace", [&] { out.nsp = next(); }},
      {"--auth", [&] { out.options.auth = read_json(next()); }},
      {"--emit",
       [&] {
         Emission emission{next(), {}};
         json::value args = read_json(next());
         // One argument may stand without the brackets of the list.
         emission.args = args.is_array() ? args.get_array() : json::array{args};
         out.emissions.push_back(std::move(emission));
       }},
      {"--for",
       [&] {
         out.duration =
             std::chrono::milliseconds(static_cast<int>(read_number<double>(next(), 1e6) * 1000));
       }},
      {"--ca", [&] { out.options.ca_file = next(); }},
      {"--attempts",
       [&] { out.options.reconnection_attempts = read_number<unsigned>(next(), 1U << 31U); }},
      {"--delay",
       [&] {
         out.options.reconnection_delay =
             std::chrono::milliseconds(read_number<int>(next(), 1'000'000));
       }},
  };
  while (at < words.size()) {
    const std::string& word = words[at++];
    const auto flag = flags.find(word);
    if (flag != flags.end()) {
      flag->second();
    } else if (word.starts_with('-') || !out.url.empty()) {
      throw std::invalid_argument("unknown: " + word);
    } else {
      out.url = word;
    }
  }
  if (out.url.empty()) throw std::invalid_argument("URL is missing");
  return out;
}
