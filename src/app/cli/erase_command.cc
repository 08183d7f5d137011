#include <chrono>
#include <iostream>

#include "app/cli/commands.h"
#include "app/person.h"
#include "store/data_directory.h"
#include "store/erase.h"
#include "store/store.h"

namespace lectern::app {

void run_erase(const std::string& name, const Config& config) {
  const auto file = stored_database(config);
  const store::DataDirectory directory(config.data);  // locked: a server would remember the person
  std::string user_id = name;
  bool known = false;
  {
    store::Store opened(file);
    if (const auto account = opened.accounts().find_account_by_name(name)) {
      user_id = account->user_id;
      known = true;
    } else {
      opened.log().read_all(0, [&](const events::DomainEvent& event) {
        known = concerns(event, user_id);
        return !known;
      });
    }
  }
  if (!known) throw CommandError(name + ": there is no such user");
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::system_clock::now().time_since_epoch());
  const auto redacted = store::erase_user(
      file, user_id,
      [&](const events::DomainEvent& event) { return without_person(event, user_id); },
      now.count());
  std::cout << "lectern: user " << name << " erased (" << user_id << "), from " << redacted
            << " events\n";
}

}  // namespace lectern::app
