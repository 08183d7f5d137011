#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <lectern/log_sink.h>

#include "app/config.h"
#include "identity/provider.h"

namespace lectern::app {

// What is missing or unsafe in what the configuration says about an identity provider.
std::vector<std::string> problems_of_provider(const Config& config);

// Keeps the keys of an identity provider fresh: a thread of its own reads the file or asks the URL
// every `interval`, and sooner when a token names an unknown key, yet never more often than every
// kSoonest: made-up key ids cost one question, whoever sends them and how many. Whatever goes
// wrong, the keys of the last good answer stay.
class ProviderKeys {
 public:
  static constexpr std::chrono::seconds kSoonest{10};
  static constexpr std::chrono::seconds kAgain{10};   // after a failure
  static constexpr std::chrono::seconds kTimeout{5};  // for one answer
  static constexpr std::size_t kMaxAnswer = 1'000'000;

  // `source` is a file or an http(s) URL. Both references outlive this object. A file is read at
  // once: throws SecretError when it has no key that can be used. A URL may be out of reach for
  // now.
  ProviderKeys(identity::Provider& provider, std::string source, std::chrono::seconds interval,
               LogSink& log);
  ~ProviderKeys();
  ProviderKeys(const ProviderKeys&) = delete;
  ProviderKeys& operator=(const ProviderKeys&) = delete;

  void wake();  // a token names an unknown key: any thread, returns at once

  // Reads a file at once, and asks a URL as wake() does. Any thread.
  void reread();

  std::size_t keys() const { return keys_; }
  std::uint64_t failures() const { return failures_; }

  // "https://…", or "http://" on this machine: a key set that comes in the clear lets everybody on
  // the way sign tokens.
  static bool may_ask(const std::string& url);
  static bool is_url(const std::string& source);

 private:
  void run();
  bool load();  // whether there are keys now; any thread

  identity::Provider& provider_;
  const std::string source_;
  const std::chrono::seconds interval_;
  LogSink& log_;
  std::atomic<std::size_t> keys_{0};
  std::atomic<std::uint64_t> failures_{0};
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;  // guards wanted_
  std::condition_variable changed_;
  bool wanted_ = false;
  std::thread thread_;  // it uses everything above
};

}  // namespace lectern::app
