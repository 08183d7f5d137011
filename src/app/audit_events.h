#pragma once

#include <optional>

#include "events/event.h"
#include "identity/account_store.h"

namespace lectern::app {

// The line of the audit trail that an event of a room gives: moderation, and who is co-host.
std::optional<identity::AuditEntry> audit_of(const events::DomainEvent& event);

}  // namespace lectern::app
