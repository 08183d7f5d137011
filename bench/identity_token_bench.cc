#include <string>

#include <benchmark/benchmark.h>

#include "identity/authenticator.h"

namespace {

using namespace lectern::identity;

constexpr lectern::TimeMs kNow = 1'700'000'000'000;

// The token of an instructor, the longest one that a login gives out.
AccessClaims claims() {
  AccessClaims claims;
  claims.user_id = "3b241101-e2bb-4255-8caf-4136c566a962";
  claims.username = "Ms Lee";
  claims.role = "instructor";
  claims.permissions = *Roles().permissions_of("instructor");
  claims.jti = "9c858901-8a57-4791-81fe-4c455b099bc9";
  claims.issued_at = kNow / 1000;
  claims.expires_at = kNow / 1000 + 900;
  claims.family = "0d2f9a52-64a4-4b0f-9b67-0f1d2c3b4a59";
  claims.epoch = 0;
  return claims;
}

// What every handshake and HTTP request pays before it is told who asks: signature, claims, what
// was revoked. Budget: 10 µs.
void CheckAnAccessToken(benchmark::State& state) {
  const Tokens tokens(std::string(32, 'k'), std::string(32, 'r'), {});
  const Roles roles;
  Revocations revocations;
  for (int i = 0; i < 10'000; ++i) revocations.set_epoch("user-" + std::to_string(i), {1, kNow});
  const Authenticator authenticator(tokens, roles, revocations);
  const auto token = tokens.sign(claims());
  for (auto _ : state) benchmark::DoNotOptimize(authenticator.authenticate(token, kNow));
}
BENCHMARK(CheckAnAccessToken);

// A forged one must not cost more than a good one.
void RefuseAForgedToken(benchmark::State& state) {
  const Tokens tokens(std::string(32, 'k'), std::string(32, 'r'), {});
  const auto token = Tokens(std::string(32, 'x'), std::string(32, 'r'), {}).sign(claims());
  for (auto _ : state) benchmark::DoNotOptimize(tokens.verify_access(token, kNow));
}
BENCHMARK(RefuseAForgedToken);

}  // namespace
