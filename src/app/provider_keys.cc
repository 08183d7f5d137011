#include "app/provider_keys.h"

#include <curl/curl.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <utility>

#include "app/secrets.h"

namespace lectern::app {
namespace {

struct Fetch {
  std::string body;
  const std::atomic<bool>& stopping;
};

std::size_t take(char* bytes, std::size_t size, std::size_t count, void* user) {
  auto& body = static_cast<Fetch*>(user)->body;
  if (body.size() + size * count > ProviderKeys::kMaxAnswer) return 0;  // ends the transfer
  body.append(bytes, size * count);
  return size * count;
}

int goes_on(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<Fetch*>(user)->stopping ? 1 : 0;
}

// What is behind the URL, or in `problem` why it could not be had.
std::string fetch(const std::string& url, const std::atomic<bool>& stopping, std::string& problem) {
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(),
                                                                 curl_easy_cleanup);
  Fetch state{{}, stopping};
  const auto set = [&](CURLoption option, auto value) {
    curl_easy_setopt(curl.get(), option, value);
  };
  set(CURLOPT_URL, url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_FAILONERROR, 1L);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_TIMEOUT, static_cast<long>(ProviderKeys::kTimeout.count()));
  set(CURLOPT_WRITEFUNCTION, take);
  set(CURLOPT_WRITEDATA, &state);
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, goes_on);
  set(CURLOPT_XFERINFODATA, &state);
  const auto result = curl_easy_perform(curl.get());
  if (result != CURLE_OK) problem = curl_easy_strerror(result);
  return std::move(state.body);
}

std::string read(const std::string& file, std::string& problem) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream.is_open()) {
    problem = "cannot be read";
    return {};
  }
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

}  // namespace

std::vector<std::string> problems_of_provider(const Config& config) {
  std::vector<std::string> problems;
  const auto& auth = config.auth;
  if (auth.jwks.empty()) return problems;
  if (auth.provider.issuer.empty() || auth.provider.audience.empty()) {
    problems.emplace_back("auth.jwks needs auth.jwks_issuer and auth.jwks_audience");
  }
  if (ProviderKeys::is_url(auth.jwks) && !ProviderKeys::may_ask(auth.jwks)) {
    problems.emplace_back("auth.jwks must be a file or an https URL");
  }
  return problems;
}

bool ProviderKeys::is_url(const std::string& source) {
  return source.starts_with("https://") || source.starts_with("http://");
}

bool ProviderKeys::may_ask(const std::string& url) {
  if (url.starts_with("https://")) return true;
  for (const auto* host : {"http://localhost", "http://127.0.0.1", "http://[::1]"}) {
    const std::string_view start(host);
    if (!url.starts_with(start)) continue;
    const auto next = url.substr(start.size(), 1);
    return next.empty() || next == ":" || next == "/";
  }
  return false;
}

ProviderKeys::ProviderKeys(identity::Provider& provider, std::string source,
                           std::chrono::seconds interval, LogSink& log)
    : provider_(provider), source_(std::move(source)), interval_(interval), log_(log) {
  if (!is_url(source_)) {
    if (!load()) throw SecretError(source_ + ": holds no keys that can be used (auth.jwks)");
  } else {
    curl_global_init(CURL_GLOBAL_DEFAULT);
  }
  thread_ = std::thread([this] { run(); });
}

ProviderKeys::~ProviderKeys() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void ProviderKeys::wake() {
  {
    const std::lock_guard lock(mutex_);
    wanted_ = true;
  }
  changed_.notify_one();
}

void ProviderKeys::reread() {
  if (is_url(source_)) return wake();
  static_cast<void>(load());
}

bool ProviderKeys::load() {
  std::string problem;
  const auto text = is_url(source_) ? fetch(source_, stopping_, problem) : read(source_, problem);
  if (problem.empty()) {
    if (const auto count = provider_.load(text)) {
      keys_ = *count;
      return true;
    }
    problem = "it is no JWK set with a key that can be used";
  }
  if (stopping_) return false;
  ++failures_;
  log_.write(Level::warning,
             "identity provider's keys unavailable source=" + source_ + " reason=" + problem);
  return false;
}

void ProviderKeys::run() {
  bool good = is_url(source_) ? load() : true;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const auto now = std::chrono::steady_clock::now();
    changed_.wait_until(lock, now + kSoonest, [this] { return stopping_.load(); });
    changed_.wait_until(lock, now + (good ? interval_ : kAgain),
                        [this] { return stopping_ || wanted_; });
    if (stopping_) return;
    wanted_ = false;
    lock.unlock();
    good = load();
    lock.lock();
  }
}

}  // namespace lectern::app
