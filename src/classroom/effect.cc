#include "classroom/effect.h"

#include <utility>

namespace lectern::classroom {

boost::json::object Failure::to_json() const {
  boost::json::object object{{"type", type}, {"message", message}};
  for (const auto& [key, value] : extra) object[key] = value;
  return object;
}

Failure forbidden(std::string_view message) { return {"FORBIDDEN", std::string(message), {}}; }

Failure not_found(std::string_view message) { return {"NOT_FOUND", std::string(message), {}}; }

Failure not_a_member() { return {"NOT_A_MEMBER", "Join the room first", {}}; }

Failure room_closed() { return {"ROOM_CLOSED", "The room is closed", {}}; }

Failure conflict(std::string_view message, std::uint64_t actual_version) {
  return {"CONFLICT", std::string(message), {{"actualVersion", actual_version}}};
}

Failure invalid(std::string_view field, std::string_view why) {
  std::string message = "Validation error: ";
  message.append(field).append(" ").append(why);
  return {"VALIDATION_ERROR", std::move(message), {{"field", field}}};
}

Decision Decision::refuse(Failure failure) {
  Decision decision;
  decision.failure = std::move(failure);
  return decision;
}

Uuid EventIds::next() {
  const Uuid id = next_;
  // Counts in the last 62 bits, so that version and variant stay those of a random UUID.
  for (std::size_t i = 15; i > 8; --i) {
    if (++next_.bytes[i] != 0) return id;
  }
  const auto high = static_cast<std::uint8_t>((next_.bytes[8] + 1U) & 0x3FU);
  next_.bytes[8] = static_cast<std::uint8_t>((next_.bytes[8] & 0xC0U) | high);
  return id;
}

}  // namespace lectern::classroom
