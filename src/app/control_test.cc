#include "app/control.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <mutex>

#include <gtest/gtest.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "app/secrets.h"
#include "identity/memory_store.h"
#include "identity/password.h"
#include "store/temporary_directory.h"

namespace lectern::app {
namespace {

namespace json = boost::json;

constexpr TimeMs kNow = 1'700'000'000'000;

class ControlTest : public ::testing::Test {
 protected:
  ControlTest() {
    static const std::string hash = identity::hash_password("pw");
    store_.create_account({"u1", "Ada", "instructor", hash, /*disabled=*/false, kNow});
  }
  json::object answer(const json::object& request) {
    return answer_control(
        accounts_, request, kNow, [this](std::string_view user_id) { dead_.emplace_back(user_id); },
        [this](identity::AuditEntry entry) {
          changes_.push_back(entry.type + " " + entry.subject + " " + entry.detail);
        });
  }
  static std::string error_type(const json::object& answer) {
    EXPECT_FALSE(answer.at("ok").as_bool());
    return answer.at("error").as_object().at("type").as_string().c_str();
  }

  store::TemporaryDirectory directory_;
  identity::MemoryStore store_;
  identity::Tokens tokens_{std::string(32, 'k'), std::string(32, 'r'), {}};
  identity::Roles roles_;
  identity::Revocations revocations_;
  identity::Accounts accounts_{store_, tokens_, roles_, revocations_, {}};
  std::vector<std::string> dead_;
  std::vector<std::string> changes_;
};

TEST_F(ControlTest, ListsAccountsWithoutTheirHashes) {
  EXPECT_EQ(json::serialize(answer({{"command", "user.list"}})),
            R"({"ok":true,"users":[{"userId":"u1","name":"Ada","role":"instructor",)"
            R"("disabled":false,"createdAt":1700000000000}]})");
}

TEST_F(ControlTest, AddsAnAccountThatCanLogIn) {
  const auto added = answer(
      {{"command", "user.add"}, {"name", "Bob"}, {"role", "student"}, {"password", "secret"}});
  EXPECT_TRUE(added.at("ok").as_bool());
  EXPECT_EQ(json::serialize(added).find("argon2"), std::string::npos);
  EXPECT_TRUE(accounts_.login("bob", "secret", kNow, identity::PairIds::random()));
  EXPECT_TRUE(dead_.empty());
}

TEST_F(ControlTest, TellsWhoseTokensDied) {
  EXPECT_TRUE(answer({{"command", "user.disable"}, {"name", "ada"}}).at("ok").as_bool());
  EXPECT_TRUE(answer({{"command", "user.enable"}, {"name", "ada"}}).at("ok").as_bool());
  EXPECT_TRUE(answer({{"command", "user.remove"}, {"name", "ada"}}).at("ok").as_bool());
  EXPECT_EQ(dead_, (std::vector<std::string>{"u1", "u1"}));
}

TEST_F(ControlTest, ChangesARoleAndSignsOut) {
  EXPECT_EQ(error_type(answer({{"command", "user.set_role"}, {"name", "ada"}, {"role", "x"}})),
            "VALIDATION_ERROR");
  EXPECT_TRUE(dead_.empty());
  EXPECT_TRUE(answer({{"command", "user.set_role"}, {"name", "ada"}, {"role", "student"}})
                  .at("ok")
                  .as_bool());
  EXPECT_EQ(store_.find_account("u1")->role, "student");
  EXPECT_EQ(dead_, std::vector<std::string>{"u1"});
  EXPECT_EQ(changes_, std::vector<std::string>{"user.set_role u1 name=Ada role=student"});
}

TEST_F(ControlTest, RefusesWithAType) {
  EXPECT_EQ(error_type(answer({})), "NOT_FOUND");
  EXPECT_EQ(error_type(answer({{"command", 1}})), "NOT_FOUND");
  EXPECT_EQ(error_type(answer({{"command", "user.promote"}})), "NOT_FOUND");
  EXPECT_EQ(error_type(answer({{"command", "user.remove"}, {"name", "Eve"}})), "NOT_FOUND");
  EXPECT_EQ(
      error_type(answer(
          {{"command", "user.add"}, {"name", "Ada"}, {"role", "student"}, {"password", "x"}})),
      "CONFLICT");
  for (const char* name : {"",
                           "a\x07"
                           "b",
                           "<b>", " Bob",
                           "a\xe2\x80\xae"
                           "b"}) {
    EXPECT_EQ(
        error_type(answer(
            {{"command", "user.add"}, {"name", name}, {"role", "student"}, {"password", "x"}})),
        "VALIDATION_ERROR")
        << name;
  }
  EXPECT_TRUE(dead_.empty());
}

class ControlServerTest : public ControlTest {
 protected:
  std::unique_ptr<ControlServer> start(const std::string& directory) {
    return std::make_unique<ControlServer>(
        directory, accounts_, [] { return kNow; }, [](std::string_view) {},
        [](const identity::AuditEntry&) {});
  }
  // What comes back for raw bytes.
  std::string send_raw(std::string_view bytes) {
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const auto path = directory_.file("control.sock");
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    EXPECT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(write(fd, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
    shutdown(fd, SHUT_WR);
    std::string answer;
    char buffer[4096];
    for (ssize_t size; (size = read(fd, buffer, sizeof buffer)) > 0;) {
      answer.append(buffer, static_cast<std::size_t>(size));
    }
    close(fd);
    return answer;
  }
  const std::string path_ = directory_.file("");
};

TEST_F(ControlServerTest, AnswersOverItsSocket) {
  const auto server = start(path_);
  const auto answer = ask_server(path_, {{"command", "user.list"}});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->at("users").as_array().size(), 1U);
  struct stat status {};
  ASSERT_EQ(stat(directory_.file("control.sock").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST_F(ControlServerTest, IsNotThereBeforeAndAfter) {
  EXPECT_FALSE(ask_server(path_, {{"command", "user.list"}}));
  EXPECT_FALSE(ask_server(directory_.file("missing"), {{"command", "user.list"}}));
  start(path_);
  EXPECT_FALSE(ask_server(path_, {{"command", "user.list"}}));
  EXPECT_NE(access(directory_.file("control.sock").c_str(), F_OK), 0);
}

TEST_F(ControlServerTest, TakesThePlaceOfAServerThatWasKilled) {
  const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const auto path = directory_.file("control.sock");
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  ASSERT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  close(fd);
  EXPECT_FALSE(ask_server(path_, {{"command", "user.list"}}));
  const auto server = start(path_);
  EXPECT_TRUE(ask_server(path_, {{"command", "user.list"}}));
}

TEST_F(ControlServerTest, WorksInADirectoryWithALongName) {
  const auto long_path = directory_.file(std::string(120, 'd'));
  ASSERT_EQ(mkdir(long_path.c_str(), 0700), 0);
  {
    const auto server = start(long_path);
    EXPECT_TRUE(ask_server(long_path, {{"command", "user.list"}}));
  }
  EXPECT_EQ(rmdir(long_path.c_str()), 0);  // so the socket is gone
}

TEST_F(ControlServerTest, SurvivesWhatIsNoRequest) {
  const auto server = start(path_);
  EXPECT_EQ(send_raw("{not json\n"),
            "{\"ok\":false,\"error\":{\"type\":\"VALIDATION_ERROR\","
            "\"message\":\"A request is one object of JSON\"}}\n");
  EXPECT_EQ(send_raw("[]\n").substr(0, 11), "{\"ok\":false");
  EXPECT_EQ(send_raw(""), "");
  EXPECT_EQ(send_raw("{\"command\":"), "");
  EXPECT_EQ(send_raw(std::string(ControlServer::kMaxRequestBytes + 2, ' ') + "\n"), "");
  EXPECT_TRUE(ask_server(path_, {{"command", "user.list"}}));
}

class SecretsTest : public ::testing::Test {
 protected:
  SecretsTest() { config_.data = directory_.file("data"); }
  store::TemporaryDirectory directory_;
  Config config_;
};

TEST_F(SecretsTest, AreGeneratedOnceAndKeptForTheOwnerAlone) {
  const auto first = load_secrets(config_);
  EXPECT_EQ(first.access.size(), 64U);
  EXPECT_NE(first.access, first.refresh);
  const auto second = load_secrets(config_);
  EXPECT_EQ(second.access, first.access);
  EXPECT_EQ(second.refresh, first.refresh);
  struct stat status {};
  ASSERT_EQ(stat((config_.data + "/secrets/access").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST_F(SecretsTest, OfTheEnvironmentAreUsedAndNotKept) {
  config_.auth.access_secret = std::string(32, 'a');
  config_.auth.refresh_secret = std::string(32, 'b');
  EXPECT_EQ(load_secrets(config_).access, std::string(32, 'a'));
  EXPECT_NE(access((config_.data + "/secrets").c_str(), F_OK), 0);
}

TEST_F(SecretsTest, ThatAreTooShortOrUnreadableAreRefused) {
  load_secrets(config_);
  ASSERT_EQ(truncate((config_.data + "/secrets/access").c_str(), 8), 0);
  EXPECT_THROW(load_secrets(config_), SecretError);
  config_.data = "/proc/nowhere";
  EXPECT_THROW(load_secrets(config_), SecretError);
}

}  // namespace
}  // namespace lectern::app
