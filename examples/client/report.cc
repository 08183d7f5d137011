#include "client/report.h"

#include <chrono>
#include <cstdint>
#include <iostream>
#include <string>

#include <boost/json/serialize.hpp>

namespace json = boost::json;

namespace {

json::value readable_value(const json::value& value, const lectern::Attachments& attachments) {
  if (const auto* array = value.if_array()) return readable(*array, attachments);
  const auto* object = value.if_object();
  if (object == nullptr) return value;
  const auto* mark = object->if_contains("_placeholder");
  const auto* num = object->if_contains("num");
  if (!attachments.empty() && mark != nullptr && *mark == true && num != nullptr) {
    json::array data;
    for (const char c : attachments.at(num->to_number<std::size_t>()))
      data.emplace_back(static_cast<unsigned char>(c));
    return {{"type", "Buffer"}, {"data", std::move(data)}};
  }
  json::object out;
  for (const auto& member : *object)
    out[member.key()] = readable_value(member.value(), attachments);
  return out;
}

// Nothing when the object is no Buffer.
const json::array* buffer_data(const json::object& object) {
  const auto* type = object.if_contains("type");
  const auto* data = object.if_contains("data");
  const bool buffer = object.size() == 2 && type != nullptr && *type == "Buffer" && data != nullptr;
  return buffer ? data->if_array() : nullptr;
}

json::value detached(const json::value& value, lectern::Attachments& attachments) {
  if (const auto* array = value.if_array()) {
    json::array out;
    for (const auto& item : *array) out.push_back(detached(item, attachments));
    return out;
  }
  const auto* object = value.if_object();
  if (object == nullptr) return value;
  if (const auto* data = buffer_data(*object)) {
    std::string bytes;
    for (const auto& byte : *data) bytes += static_cast<char>(byte.to_number<std::uint8_t>());
    attachments.push_back(std::move(bytes));
    return {{"_placeholder", true}, {"num", attachments.size() - 1}};
  }
  json::object out;
  for (const auto& member : *object) out[member.key()] = detached(member.value(), attachments);
  return out;
}

}  // namespace

void report(std::string_view what, const json::object& fields) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  json::object line;
  line["at"] = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  line["what"] = what;
  for (const auto& field : fields) line[field.key()] = field.value();
  std::cout << json::serialize(line) + '\n' << std::flush;
}

json::array readable(const json::array& args, const lectern::Attachments& attachments) {
  json::array out;
  for (const auto& arg : args) out.push_back(readable_value(arg, attachments));
  return out;
}

lectern::Arguments with_attachments(const json::array& args) {
  lectern::Arguments out;
  for (const auto& arg : args) out.values.push_back(detached(arg, out.attachments));
  return out;
}
