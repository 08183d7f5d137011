#include "app/secrets.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include "base/base64.h"
#include "base/random.h"
#include "base/uuid.h"
#include "identity/token.h"

namespace lectern::app {
namespace {

constexpr std::size_t kRandomBytes = 48;

[[noreturn]] void fail(const std::string& file, const char* what) {
  throw SecretError(file + ": " + what + ": " + std::strerror(errno));
}

void sync_directory(const std::string& directory) {
  const int fd = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0 || fsync(fd) != 0) fail(directory, "cannot be synced");
  close(fd);
}

std::optional<std::string> read_secret(const std::string& file) {
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  if (!stream.is_open()) {
    if (errno == ENOENT) return std::nullopt;
    fail(file, "cannot be read");
  }
  std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  if (text.ends_with('\n')) text.pop_back();
  if (const char* weakness = identity::weakness_of_secret(text)) {
    throw SecretError(file + ": the secret " + weakness);
  }
  return text;
}

// Written beside its place and linked into it, so that a crash leaves no half of a secret, and of
// two programs that start at once one wins and both use its secret.
void generate_secret(const std::string& directory, const std::string& file) {
  std::array<std::byte, kRandomBytes> random;
  fill_random(random);
  const auto secret =
      base64url_encode({reinterpret_cast<const char*>(random.data()), random.size()});
  const auto temporary = file + "." + Uuid::random().to_string();
  const int fd = open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) fail(temporary, "cannot be created");
  const bool written =
      write(fd, secret.data(), secret.size()) == static_cast<ssize_t>(secret.size()) &&
      fsync(fd) == 0;
  close(fd);
  const bool linked = written && (link(temporary.c_str(), file.c_str()) == 0 || errno == EEXIST);
  const int error = errno;
  unlink(temporary.c_str());
  errno = error;
  if (!linked) fail(file, "cannot be written");
  sync_directory(directory);
}

std::string secret_of(const std::string& given, const std::string& directory, const char* name) {
  if (!given.empty()) return given;
  const auto file = directory + "/" + name;
  if (auto secret = read_secret(file)) return *secret;
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error || chmod(directory.c_str(), 0700) != 0) {
    throw SecretError(directory +
                      ": cannot be created: " + (error ? error.message() : std::strerror(errno)));
  }
  generate_secret(directory, file);
  auto secret = read_secret(file);
  if (!secret) throw SecretError(file + ": was removed while it was read");
  return *secret;
}

identity::AsymmetricKey read_key(const std::string& file) {
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  if (!stream.is_open()) fail(file, "cannot be read");
  const std::string pem{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  try {
    return identity::AsymmetricKey::from_pem(pem);
  } catch (const identity::KeyError& error) {
    throw SecretError(file + ": " + error.what());
  }
}

}  // namespace

identity::TokenKeys load_token_keys(const Config& config) {
  identity::AccessKeys keys;
  bool can_sign = false;
  for (const auto& file : config.auth.keys) {
    keys.keys.push_back(read_key(file));
    can_sign = can_sign || keys.keys.back().can_sign();
  }
  if (!keys.keys.empty()) {
    if (!can_sign) throw SecretError("auth.keys: none of the files holds a private key");
    keys.secret_verifies = !config.auth.access_secret.empty();
  }
  auto secrets = load_secrets(config);
  return {std::move(secrets.access), std::move(secrets.refresh), std::move(keys)};
}

identity::Tokens load_tokens(const Config& config) {
  return {load_token_keys(config), identity::TokenRules{config.auth.issuer, config.auth.audience}};
}

Secrets load_secrets(const Config& config) {
  const auto directory = config.data + "/secrets";
  return {secret_of(config.auth.access_secret, directory, "access"),
          secret_of(config.auth.refresh_secret, directory, "refresh")};
}

}  // namespace lectern::app
