#include <unistd.h>

#include <iostream>

#include "app/cli/commands.h"
#include "store/copies.h"
#include "store/data_directory.h"
#include "store/database.h"
#include "store/verify.h"

namespace lectern::app {
namespace {

store::Findings look_at(const std::string& file) {
  if (access(file.c_str(), R_OK) != 0) throw CommandError(file + " cannot be read");
  try {
    return store::verify(file);
  } catch (const store::DatabaseError& error) {
    throw CommandError(error.what());
  }
}

std::string summary_of(const store::Findings& found) {
  return std::to_string(found.events) + " events of " + std::to_string(found.aggregates) +
         " aggregates";
}

void refuse_other_engines(const Config& config) {
  if (config.store.engine == Config::StoreEngine::memory)
    throw CommandError("store.engine is \"memory\": nothing is stored");
  if (config.store.engine == Config::StoreEngine::redis)
    throw CommandError("store.engine is \"redis\": Redis's own tools copy and restore it");
}

}  // namespace

std::string stored_database(const Config& config) {
  refuse_other_engines(config);
  auto database = store::database_file(config.data);
  if (access(database.c_str(), F_OK) != 0)
    throw CommandError("there is no store in " + config.data);
  return database;
}

void run_backup(const std::string& file, const Config& config) {
  store::copy_database(stored_database(config), file);
  std::cout << "lectern: wrote " << file << '\n';
}

bool run_verify(const std::string& file, const Config& config) {
  const auto looked_at = file.empty() ? stored_database(config) : file;
  const auto found = look_at(looked_at);
  for (const auto& line : found.damage) std::cout << looked_at << ": " << line << '\n';
  if (!found.damage.empty()) return false;
  std::cout << "lectern: " << looked_at << " is whole: " << summary_of(found) << '\n';
  return true;
}

void run_restore(const std::string& file, const Config& config) {
  refuse_other_engines(config);
  const auto found = look_at(file);
  if (!found.damage.empty()) throw CommandError(file + ": " + found.damage.front());
  const store::DataDirectory directory(config.data);  // locked: no server runs
  const auto kept = store::replace_database(directory, file);
  std::cout << "lectern: restored " << summary_of(found);
  if (!kept.empty()) std::cout << "; what was there is " << kept;
  std::cout << '\n';
}

}  // namespace lectern::app
