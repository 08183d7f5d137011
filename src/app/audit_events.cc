#include "app/audit_events.h"

#include <string>
#include <string_view>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace lectern::app {
namespace {

std::string text_of(const boost::json::object& payload, std::string_view name) {
  const auto* value = payload.if_contains(name);
  if (value == nullptr || !value->is_string()) return {};
  return std::string(value->get_string());
}

}  // namespace

std::optional<identity::AuditEntry> audit_of(const events::DomainEvent& event) {
  const bool moderated = event.type == "chat:moderated";
  if (!moderated && event.type != "room:configured") return std::nullopt;
  boost::system::error_code error;
  const auto value = boost::json::parse(event.payload, error);
  if (error || !value.is_object()) return std::nullopt;
  const auto& payload = value.get_object();
  identity::AuditEntry entry;
  entry.at = event.timestamp;
  entry.actor = text_of(payload, "by");
  entry.detail = "room=" + event.aggregate.to_string();
  if (moderated) {
    entry.type = "moderate." + text_of(payload, "action");
    entry.subject = text_of(payload, "targetUserId");
    if (const auto message = text_of(payload, "messageId"); !message.empty()) {
      entry.detail += " message=" + message;
    }
    return entry;
  }
  const auto* hosts = payload.if_contains("coHosts");
  if (hosts == nullptr) return std::nullopt;
  entry.type = "room.co_hosts";
  entry.detail += " coHosts=" + boost::json::serialize(*hosts);
  return entry;
}

}  // namespace lectern::app
