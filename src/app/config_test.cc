#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/config_keys.h"
#include "app/config_load.h"
#include "app/config_tables.h"
#include "store/temporary_directory.h"

namespace lectern::app {
namespace {

using ::testing::ElementsAre;

class ConfigTest : public ::testing::Test {
 protected:
  // Loads `toml` as the file "c.toml" of a directory of its own.
  LoadedConfig load(const std::string& toml, Variables environment = {}) {
    const auto file = write("c.toml", toml);
    flags_.config_file = file;
    auto loaded = load_config(flags_, environment);
    for (auto& mistake : loaded.mistakes) {
      if (mistake.where.starts_with(file)) mistake.where.erase(0, file.size() - 6);
    }
    return loaded;
  }
  static std::vector<std::string> lines(const LoadedConfig& loaded) {
    std::vector<std::string> lines;
    for (const auto& mistake : loaded.mistakes) lines.push_back(mistake.line());
    return lines;
  }
  std::vector<std::string> mistakes(const std::string& toml) { return lines(load(toml)); }
  std::vector<std::string> mistakes_of_environment(Variables environment) {
    return lines(load("", std::move(environment)));
  }
  std::string write(const std::string& name, const std::string& text) {
    const auto file = directory_.file(name);
    std::ofstream(file, std::ios::binary) << text;
    return file;
  }

  store::TemporaryDirectory directory_;
  ConfigFlags flags_;
};

TEST_F(ConfigTest, HasTheDefaultsOfTheContract) {
  const auto loaded = load_config({}, {});
  EXPECT_TRUE(loaded.mistakes.empty());
  const auto& config = loaded.config;
  EXPECT_EQ(format_endpoint(config.server.listen.at(0)), "0.0.0.0:8080");
  EXPECT_EQ(format_endpoint(config.server.internal_listen.at(0)), "127.0.0.1:8081");
  EXPECT_TRUE(config.server.internal_listen.at(0).internal);
  EXPECT_EQ(config.data, "./data");
  EXPECT_EQ(config.engine.ping_interval_ms, 30000);
  EXPECT_EQ(config.engine.recovery_ms, 120000);
  EXPECT_EQ(config.store.engine, Config::StoreEngine::sqlite);
  EXPECT_EQ(config.store.sync_interval_ms, 0);
  EXPECT_EQ(config.auth.issuer, "edtech-platform");
  EXPECT_EQ(config.auth.audience, "webapp");
  EXPECT_EQ(config.auth.refresh_ttl_s, 604800);
  EXPECT_EQ(config.redis.adapter_key, "socketio");
  EXPECT_EQ(config.rooms.history, 1000);
  EXPECT_EQ(config.memory.soft_limit_mb, 500);
  EXPECT_EQ(gate::find_rule(config.limits, "room_messages")->max, 500U);
}

TEST_F(ConfigTest, TakesEveryKindOfKeyFromAFile) {
  const auto loaded = load(R"(
[server]
listen = ["127.0.0.1:0", "[::1]:9000"]
internal_listen = "off"
threads = 2
[engine]
transports = ["websocket"]
[store]
engine = "memory"
durability = "interval:50"
[auth]
guests = false
[log]
level = "warning"
format = "json"
)");
  EXPECT_EQ(lines(loaded), std::vector<std::string>{});
  const auto& config = loaded.config;
  ASSERT_EQ(config.server.listen.size(), 2U);
  EXPECT_EQ(config.server.listen[1].address, "::1");
  EXPECT_EQ(config.server.listen[1].port, 9000);
  EXPECT_TRUE(config.server.internal_listen.empty());
  EXPECT_EQ(config.server.threads, 2U);
  EXPECT_FALSE(config.engine.polling);
  EXPECT_TRUE(config.engine.websocket);
  EXPECT_EQ(config.store.engine, Config::StoreEngine::memory);
  EXPECT_EQ(config.store.sync_interval_ms, 50);
  EXPECT_FALSE(config.auth.guests);
  EXPECT_EQ(config.log.level, Level::warning);
  EXPECT_EQ(config.log.format, Config::LogFormat::json);
}

TEST_F(ConfigTest, AFlagComesBeforeTheEnvironmentAndThatBeforeTheFile) {
  const std::string toml = "[server]\nthreads = 2\ndrain_ms = 7\nlisten = '127.0.0.1:1'\n";
  const Variables environment = {{"LECTERN_SERVER_THREADS", "3"},
                                 {"LECTERN_SERVER_LISTEN", "127.0.0.1:2,127.0.0.1:3"},
                                 {"LECTERN_AUTH_GUESTS", "false"},
                                 {"LECTERN_DATA", "/from/environment"}};
  auto config = load(toml, environment).config;
  EXPECT_EQ(config.server.threads, 3U);
  EXPECT_EQ(config.server.drain_ms, 7);
  EXPECT_EQ(config.server.listen.size(), 2U);
  EXPECT_FALSE(config.auth.guests);
  EXPECT_EQ(config.data, "/from/environment");
  flags_.threads = "4";
  flags_.listen = {"127.0.0.1:4"};
  flags_.data = "/from/flag";
  config = load(toml, environment).config;
  EXPECT_EQ(config.server.threads, 4U);
  EXPECT_EQ(config.server.listen.at(0).port, 4);
  EXPECT_EQ(config.data, "/from/flag");
}

TEST_F(ConfigTest, SaysWhereAMistakeIsAndWhatWasMeant) {
  EXPECT_THAT(mistakes("[server]\nlistn = []\nping_timeout_ms = 1\nwhatever = 1\n"
                       "[engin]\nx = 1\n[engine]\nping_interval = 5\n"),
              ElementsAre("c.toml:2: unknown key server.listn; did you mean listen?",
                          "c.toml:3: unknown key server.ping_timeout_ms; it belongs to [engine]",
                          "c.toml:4: unknown key server.whatever",
                          "c.toml:5: unknown section [engin]; did you mean [engine]?",
                          "c.toml:8: unknown key engine.ping_interval; did you mean "
                          "ping_interval_ms?"));
  EXPECT_THAT(mistakes("threads = 2\nserver = 1\n"),
              ElementsAre("c.toml:1: unknown key threads; it belongs to [server]",
                          "c.toml:2: server must be a table: [server]"));
}

TEST_F(ConfigTest, ChecksTypesAndRanges) {
  EXPECT_THAT(mistakes("[server]\nthreads = \"2\"\ndrain_ms = -1\nlisten = [1]\n"
                       "[auth]\nguests = 1\nissuer = \"\"\n[log]\nlevel = \"loud\"\n"),
              ElementsAre("c.toml:2: server.threads must be an integer",
                          "c.toml:3: server.drain_ms must be between 0 and 600000",
                          "c.toml:4: server.listen must be a list of strings",
                          "c.toml:6: auth.guests must be true or false",
                          "c.toml:7: auth.issuer must not be empty",
                          "c.toml:9: log.level must be \"trace\", \"debug\", \"info\", "
                          "\"warning\" or \"error\""));
  EXPECT_THAT(mistakes("[server]\nlisten = ['example.com:80']\n[engine]\ntransports = []\n"
                       "[store]\ndurability = 'interval:0'\n"),
              ElementsAre("c.toml:2: server.listen \"example.com:80\" is not ADDRESS:PORT, such as "
                          "127.0.0.1:8080",
                          "c.toml:4: engine.transports needs at least one transport",
                          "c.toml:6: store.durability must be \"sync\" or \"interval:<ms>\" with 1 "
                          "to 60000 ms"));
}

TEST_F(ConfigTest, SaysWhereTheFileIsNoToml) {
  const auto found = mistakes("[server]\nthreads = = 2\n");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_TRUE(found[0].starts_with("c.toml:2: ")) << found[0];
  flags_.config_file = directory_.file("missing.toml");
  EXPECT_EQ(load_config(flags_, {}).mistakes.at(0).what,
            "cannot be read: No such file or directory");
  flags_.config_file = directory_.file("");
  EXPECT_EQ(load_config(flags_, {}).mistakes.at(0).what, "cannot be read: Is a directory");
}

TEST_F(ConfigTest, WantsToKnowWhoseTokensCount) {
  EXPECT_THAT(mistakes("[auth]\njwks = '/keys.json'\n"),
              ElementsAre("c.toml:2: auth.jwks needs auth.jwks_issuer and auth.jwks_audience"));
  const std::string whose = "jwks_issuer = 'i'\njwks_audience = 'a'\n";
  EXPECT_THAT(mistakes("[auth]\njwks = 'http://login.school/keys'\n" + whose),
              ElementsAre("c.toml:2: auth.jwks must be a file or an https URL"));
  EXPECT_THAT(mistakes("[auth]\njwks = 'http://localhost.evil/keys'\n" + whose),
              ElementsAre("c.toml:2: auth.jwks must be a file or an https URL"));
  for (const auto* source : {"/k.json", "https://login.school/keys", "http://127.0.0.1:8/k"}) {
    EXPECT_THAT(mistakes("[auth]\njwks = '" + std::string(source) + "'\n" + whose), ElementsAre());
  }
}

TEST_F(ConfigTest, TakesABasePathWithAndWithoutItsLastSlash) {
  const auto base_of = [this](const std::string& value) {
    return load("[server]\nbase_path = '" + value + "'\n").config.server.base_path;
  };
  EXPECT_EQ(load("").config.server.base_path, "/");
  EXPECT_EQ(base_of("/"), "/");
  EXPECT_EQ(base_of(""), "/");
  EXPECT_EQ(base_of("/lectern"), "/lectern");
  EXPECT_EQ(base_of("/school/class-1.x/"), "/school/class-1.x");
  for (const auto* wrong : {"lectern", "//", "//x", "/a//b", "/a//", "/a?b", "/a#b", "/a b", "/..",
                            "/a/../b", "/./a", "/a%20", "/a\"b", "/<a>"}) {
    EXPECT_THAT(mistakes("[server]\nbase_path = '" + std::string(wrong) + "'\n"),
                ElementsAre("c.toml:2: server.base_path must be \"/\" or a path like \"/lectern\", "
                            "of letters, digits and -._~"))
        << wrong;
  }
}

TEST_F(ConfigTest, RefusesWhatThisVersionDoesNotHave) {
  EXPECT_THAT(mistakes("[store]\nretention = '90d'\n"),
              ElementsAre("c.toml:2: store.retention: another value than \"forever\" is not "
                          "available in this version"));
}

// contract section 8, "Cluster".
TEST_F(ConfigTest, AnAddressOfRedisChoosesItAsTheStore) {
  const auto of = load("[redis]\nurl = 'redis://u:p@x:1/2'\n");
  EXPECT_EQ(lines(of), std::vector<std::string>{});
  EXPECT_EQ(of.config.store.engine, Config::StoreEngine::redis);
  EXPECT_THAT(mistakes("[redis]\nurl = 'x:1'\n"),
              ElementsAre("c.toml:2: redis.url must be redis:// or "
                          "rediss://[[user]:password@]host[:port][/database]"));
  const auto* const both = "[store]\nengine = 'sqlite'\n[redis]\nurl = 'redis://x'\n";
  EXPECT_THAT(mistakes(both), ElementsAre("c.toml:4: redis.url: needs store.engine = \"redis\""));
  flags_.redis = "redis://y";
  EXPECT_EQ(load(both).config.store.engine, Config::StoreEngine::redis);
  EXPECT_EQ(load(both).config.redis.url, "redis://y");
}

TEST_F(ConfigTest, RedisWithoutAnAddressIsWhereTheEnvironmentSays) {
  EXPECT_EQ(load("[store]\nengine = 'redis'\n").config.redis.url, "redis://127.0.0.1");
  const Variables variables = {
      {"LECTERN_STORE_ENGINE", "redis"}, {"REDIS_HOST", "cache"}, {"REDIS_PORT", "7000"}};
  EXPECT_EQ(load_config({}, variables).config.redis.url, "redis://cache:7000");
  EXPECT_THAT(mistakes_of_environment({{"LECTERN_STORE_ENGINE", "redis"}, {"REDIS_PORT", "x"}}),
              ElementsAre("REDIS_PORT: gives no address of a Redis"));
  EXPECT_EQ(load_config({}, {{"REDIS_HOST", "cache"}}).config.store.engine,
            Config::StoreEngine::sqlite);
}

TEST_F(ConfigTest, NodesOnOneRedisMustBeGivenTheirSecrets) {
  flags_.redis = "redis://x";
  const auto loaded = load_serve_config(flags_, {});
  ASSERT_EQ(loaded.mistakes.size(), 2U);
  EXPECT_EQ(
      loaded.mistakes[0].line(),
      "JWT_ACCESS_SECRET: must be set with store.engine = \"redis\": all nodes need the same");
  EXPECT_EQ(loaded.mistakes[1].where, "JWT_REFRESH_SECRET");
  const std::string secret(32, 's');
  EXPECT_TRUE(load_serve_config(
                  flags_, {{"JWT_ACCESS_SECRET", secret}, {"JWT_REFRESH_SECRET", secret + "2"}})
                  .mistakes.empty());
}

TEST_F(ConfigTest, WantsACertificateWithItsKey) {
  EXPECT_THAT(mistakes("[server]\ntls_cert = 'x'\n"),
              ElementsAre("c.toml:2: server.tls_cert: needs server.tls_key, its private key"));
  EXPECT_THAT(mistakes("[server]\nproxy_protocol = true\n"),
              ElementsAre("c.toml:2: server.proxy_protocol: needs server.trusted_proxies, who may "
                          "speak it"));
  EXPECT_THAT(mistakes("[server]\ntls_key = 'x'\n"),
              ElementsAre("c.toml:2: server.tls_key: needs server.tls_cert, its certificate"));
  // Only who is to serve reads them.
  EXPECT_THAT(mistakes("[server]\ntls_cert = '/nowhere'\ntls_key = '/nowhere'\n"), ElementsAre());
  const auto served = load_serve_config(flags_, {});
  ASSERT_EQ(served.mistakes.size(), 1U);
  EXPECT_EQ(served.mistakes[0].what,
            "server.tls_cert: /nowhere cannot be read: No such file or directory");
  EXPECT_TRUE(served.mistakes[0].where.ends_with("c.toml:2"));
}

TEST(Mistakes, AreOneLineWhenThereIsRoomForOne) {
  EXPECT_EQ(summary_of({{"a:1", "is wrong"}}), "a:1: is wrong");
  EXPECT_EQ(summary_of({{"a:1", "is wrong"}, {"b", "too"}, {"c", "too"}}),
            "a:1: is wrong (and 2 more: see lectern check-config)");
}

// contract section 8, "Cluster": these alone change nothing.
TEST_F(ConfigTest, AcceptsWhatExistingDeploymentsSet) {
  EXPECT_THAT(mistakes_of_environment({{"REDIS_HOST", "redis"},
                                       {"REDIS_PORT", "6379"},
                                       {"LECTERN_TEST_RUN", "1"},
                                       {"LECTERN_ADMIN_PASSWORD", "pw"}}),
              ElementsAre());
  EXPECT_THAT(mistakes("[engine]\nrecovery_ms = 60000\n"), ElementsAre());
}

// contract section 8, "Limits".
TEST_F(ConfigTest, ATableOfARuleReplacesThatRuleWhole) {
  const auto loaded = load(
      "[limits.user_messages]\nscope = 'user'\nwindow_ms = 1000\nmax = 5\nevents = "
      "['chat:message']\n"
      "[limits.quiz_answers]\nmax = 0\n"
      "[limits.ip_connections]\nscope = 'ip'\nwindow_ms = 60000\nmax = 99\n"
      "[limits.own]\nscope = 'room'\nwindow_ms = 10\nmax = 1\nevents = ['quiz:answer']\n");
  EXPECT_EQ(lines(loaded), std::vector<std::string>{});
  const auto& limits = loaded.config.limits;
  EXPECT_EQ(gate::find_rule(limits, "user_messages")->window_ms, 1000);
  EXPECT_EQ(gate::find_rule(limits, "quiz_answers")->max, 0U);
  EXPECT_EQ(gate::find_rule(limits, "quiz_answers")->window_ms, 10000);
  EXPECT_EQ(gate::find_rule(limits, "ip_connections")->max, 99U);
  EXPECT_EQ(gate::find_rule(limits, "own")->scope, gate::Scope::room);
  EXPECT_EQ(limits.size(), gate::default_rules().size() + 1);
  EXPECT_EQ(gate::find_rule(limits, "user_actions")->max, 100U);
}

TEST_F(ConfigTest, ARuleThatReplacesAnotherIsComplete) {
  EXPECT_THAT(
      mistakes("[limits.user_messages]\nmax = 5\n[limits.own]\nmax = 0\nscope = 'planet'\n"
               "[limits.room_messages]\nscope = 'room'\nwindow_ms = 1\nmax = 1\n"
               "[limits]\nuser_actions = 5\n"),
      ElementsAre("c.toml:1: limits.user_messages replaces the rule whole and lacks scope",
                  "c.toml:5: limits.own.scope must be \"global\", \"ip\", \"user\" or \"room\"",
                  "c.toml:6: limits.room_messages replaces the rule whole and lacks events",
                  "c.toml:11: unknown key limits.user_actions"));
}

TEST_F(ConfigTest, TheEnvironmentChangesSingleKeysOfARule) {
  const auto loaded = load("", {{"LECTERN_LIMITS_USER_MESSAGES_MAX", "7"},
                                {"LECTERN_LIMITS_USER_MESSAGES_WINDOW_MS", "500"},
                                {"LECTERN_ROLES_STUDENT_PERMISSIONS", "chat:read, room:join"}});
  EXPECT_EQ(lines(loaded), std::vector<std::string>{});
  const auto* rule = gate::find_rule(loaded.config.limits, "user_messages");
  EXPECT_EQ(rule->max, 7U);
  EXPECT_EQ(rule->window_ms, 500);
  EXPECT_THAT(rule->events, ElementsAre("chat:message"));
  ASSERT_EQ(loaded.config.roles.size(), 1U);
  EXPECT_THAT(loaded.config.roles[0].second, ElementsAre("chat:read", "room:join"));
  EXPECT_THAT(mistakes_of_environment({{"LECTERN_LIMITS_NOPE_MAX", "7"},
                                       {"LECTERN_LIMITS_USER_MESSAGES_MAXX", "7"},
                                       {"LECTERN_LIMITS_USER_MESSAGES_MAX", "many"},
                                       {"LECTERN_SERVER_THREDS", "2"},
                                       {"LECTERN_SERVER_THREADS", "two"},
                                       {"LECTERN_AUTH_GUESTS", "yes"}}),
              ElementsAre("LECTERN_LIMITS_NOPE_MAX: there is no rule nope",
                          "LECTERN_LIMITS_USER_MESSAGES_MAXX: must end in _SCOPE, _WINDOW_MS, _MAX "
                          "or _EVENTS",
                          "LECTERN_LIMITS_USER_MESSAGES_MAX: max must be an integer between 0 and "
                          "10000000",
                          "LECTERN_SERVER_THREDS: unknown key server.threds; did you mean threads?",
                          "LECTERN_SERVER_THREADS: must be an integer",
                          "LECTERN_AUTH_GUESTS: must be true or false"));
}

TEST_F(ConfigTest, TakesRolesWhole) {
  const auto loaded = load(
      "[roles.student]\npermissions = ['chat:read']\n"
      "[roles.observer]\npermissions = []\n");
  EXPECT_EQ(lines(loaded), std::vector<std::string>{});
  ASSERT_EQ(loaded.config.roles.size(), 2U);
  EXPECT_THAT(mistakes("[roles.student]\npermissions = ['chat']\n[roles.x]\npermision = []\n"
                       "[roles.'A B']\npermissions = []\n[roles.y]\n"),
              ElementsAre("c.toml:2: roles.student.permissions: \"chat\" is no permission, such as "
                          "\"chat:read\" or \"quiz:*\"",
                          "c.toml:4: unknown key roles.x.permision; did you mean permissions?",
                          "c.toml:6: roles.A B.permissions: the name of a role consists of a-z, "
                          "0-9, _ and -",
                          "c.toml:7: roles.y lacks permissions"));
}

TEST_F(ConfigTest, TakesSecretsFromTheEnvironmentOrFiles) {
  const auto file = write("secret", std::string(40, 'f') + "\n");
  const auto loaded = load("", {{"JWT_ACCESS_SECRET", std::string(32, 'a')},
                                {"JWT_REFRESH_SECRET_FILE", file},
                                {"LECTERN_ADMIN_PASSWORD", "pw"}});
  EXPECT_EQ(lines(loaded), std::vector<std::string>{});
  EXPECT_EQ(loaded.config.auth.access_secret, std::string(32, 'a'));
  EXPECT_EQ(loaded.config.auth.refresh_secret, std::string(40, 'f'));
  EXPECT_EQ(loaded.config.auth.admin_password, "pw");
  EXPECT_FALSE(load("", {{"LECTERN_ADMIN_PASSWORD", ""}}).config.auth.admin_password);
}

// D42.
TEST_F(ConfigTest, RefusesWeakSecretsWithoutQuotingThem) {
  EXPECT_THAT(
      mistakes_of_environment({{"JWT_ACCESS_SECRET", "hunter2"},
                               {"JWT_REFRESH_SECRET", "change-me-change-me-change-me-change-me"},
                               {"JWT_REFRESH_SECRET_FILE", "x"},
                               {"LECTERN_ADMIN_PASSWORD_FILE", "/nowhere/at/all"}}),
      ElementsAre("JWT_ACCESS_SECRET: has less than 32 bytes",
                  "JWT_REFRESH_SECRET: is set, and so is JWT_REFRESH_SECRET_FILE: set one "
                  "of them",
                  "JWT_REFRESH_SECRET: is a well-known sample value",
                  "LECTERN_ADMIN_PASSWORD_FILE: /nowhere/at/all cannot be read: No such "
                  "file or directory"));
}

TEST_F(ConfigTest, PrintsWhatItReads) {
  const auto defaults = print_config(Config());
  const auto again = load(defaults);
  EXPECT_EQ(lines(again), std::vector<std::string>{});
  EXPECT_EQ(print_config(again.config), defaults);

  auto changed = load(
                     "[server]\nallowed_origins = ['https://a\"b', 'c\\d']\n"
                     "[auth]\nissuer = \"t\\tn\\u00e9\"\n[limits.user_messages]\nmax = 0\n"
                     "[roles.observer]\npermissions = ['*:read']\n[store]\n"
                     "durability = 'interval:20'\n")
                     .config;
  changed.auth.access_secret = "never-printed";
  changed.auth.admin_password = "never-printed";
  const auto printed = print_config(changed);
  EXPECT_EQ(printed.find("never-printed"), printed.npos);
  const auto reread = load(printed);
  EXPECT_EQ(lines(reread), std::vector<std::string>{});
  EXPECT_EQ(print_config(reread.config), printed);
  EXPECT_EQ(reread.config.auth.issuer, "t\tn\xc3\xa9");
  EXPECT_EQ(reread.config.server.allowed_origins, changed.server.allowed_origins);
}

TEST_F(ConfigTest, EveryKeyIsExplained) {
  for (const auto& key : config_keys()) {
    EXPECT_FALSE(key.comment.empty()) << key.name;
    EXPECT_EQ(find_config_key(key.section, key.name), &key);
  }
  EXPECT_EQ(find_config_key("server", "ping_interval_ms"), nullptr);
}

TEST(Endpoint, IsAnAddressAndAPort) {
  EXPECT_EQ(parse_endpoint("localhost:80", false)->address, "127.0.0.1");
  EXPECT_EQ(parse_endpoint("[::]:65535", true)->port, 65535);
  EXPECT_TRUE(parse_endpoint("[::]:65535", true)->internal);
  for (const char* text :
       {"", ":80", "80", "1.2.3.4", "1.2.3.4:", "1.2.3.4:65536", "1.2.3.4:-1", "1.2.3.4:8x",
        "::1:80", "[::1]", "[1.2.3.4]:80", "example.com:80", "1.2.3:80"}) {
    EXPECT_FALSE(parse_endpoint(text, false)) << text;
  }
}

}  // namespace
}  // namespace lectern::app
