#include "app/cli/command_line.h"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <functional>
#include <iostream>

#include <CLI/CLI.hpp>

#include "app/cli/commands.h"
#include "app/config_keys.h"
#include "app/config_load.h"

namespace lectern::app {
namespace {

constexpr int kFailed = 1;
constexpr int kRefused = 2;

// Whatever went wrong, the operator reads one line.
int refuse(std::string_view why) {
  std::string line(why);
  std::replace(line.begin(), line.end(), '\n', ' ');
  while (line.ends_with(' ')) line.pop_back();
  std::cerr << "lectern: " << line << '\n';
  return kRefused;
}

// Everything that the command line can say.
struct Arguments {
  ConfigFlags flags;
  TokenCommand token;
  UserCommand user;
  std::string file;  // of backup, restore and verify
  bool all = false;  // of export
  ExportCommand exported;
  LoadCommand load;
};

class CommandLine {
 public:
  explicit CommandLine(Serve serve) : serve_(serve) {
    app_.require_subcommand(1);
    app_.name("lectern");
    app_.get_formatter()->column_width(34);
    add_serve();
    add_config_commands();
    add_token();
    add_user();
    add_store_commands();
    add_export();
    add_load();
    add("doctor", "Checks what usually goes wrong on a host", [this] {
      return run_doctor(load_config(arguments_.flags, environment_of_program())) ? 0 : kFailed;
    });
    add("version", "Prints the version", [] {
      std::cout << "lectern " LECTERN_VERSION "\n";
      return 0;
    });
  }

  int run(int argc, const char* const* argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
      std::cout << help();
      return 0;
    } catch (const CLI::ParseError& error) {
      if (auto unknown = unknown_command(); !unknown.empty()) return refuse(unknown);
      return refuse(std::string(error.what()) + " (see lectern --help)");
    }
    return run_ ? run_() : refuse("a command is missing (see lectern --help)");
  }

 private:
  CLI::App* add(const std::string& name, const std::string& what, std::function<int()> action) {
    return add_to(app_, name, what, std::move(action));
  }

  CLI::App* add_to(CLI::App& parent, const std::string& name, const std::string& what,
                   std::function<int()> action) {
    auto* command = parent.add_subcommand(name, what);
    command->add_option("--config", arguments_.flags.config_file, "Configuration file (TOML)")
        ->type_name("FILE");
    command->add_option("--data", arguments_.flags.data, "Data directory (default ./data)")
        ->type_name("DIR");
    command->callback([this, action = std::move(action)] { run_ = action; });
    return command;
  }

  // Runs `action` with a configuration without mistakes.
  int with_config(const std::function<int(const Config&)>& action) {
    const auto loaded = load_config(arguments_.flags, environment_of_program());
    if (loaded.mistakes.empty()) return action(loaded.config);
    return refuse(summary_of(loaded.mistakes));
  }

  void add_serve() {
    auto* serve_command = add("serve", "Runs the server", [this] {
      const Reread reread = [this] {
        return load_serve_config(arguments_.flags, environment_of_program());
      };
      const auto loaded = reread();
      if (!loaded.mistakes.empty()) return refuse(summary_of(loaded.mistakes));
      return serve_(loaded.config, reread);
    });
    auto& flags = arguments_.flags;
    serve_command->add_option("--listen", flags.listen, "Address to listen on; may be repeated")
        ->type_name("ADDR:PORT")
        ->allow_extra_args(false);
    serve_command->add_option("--redis", flags.redis, "Redis of a cluster")->type_name("URL");
    serve_command->add_option("--threads", flags.threads, "Threads (default: one per core)")
        ->type_name("N");
    serve_command->add_option("--web", flags.web, "Web application's directory, or off")
        ->type_name("DIR|off");
  }

  void add_config_commands() {
    add("check-config", "Prints every mistake in the configuration", [this] {
      const auto loaded = load_serve_config(arguments_.flags, environment_of_program());
      for (const auto& mistake : loaded.mistakes) std::cerr << mistake.line() << '\n';
      if (!loaded.mistakes.empty()) return kRefused;
      std::cout << "lectern: the configuration has no mistakes\n";
      return 0;
    });
    add("print-config", "Prints the complete configuration", [this] {
      return with_config([](const Config& config) {
        std::cout << print_config(config);
        return 0;
      });
    });
  }

  void add_token() {
    auto* command = add("token", "Prints an access token", [this] {
      return with_config([this](const Config& config) {
        run_token(arguments_.token, config);
        return 0;
      });
    });
    auto& token = arguments_.token;
    command->add_option("--user", token.user, "Whose token")->type_name("ID")->required();
    command->add_option("--name", token.name, "Name shown to others (default: ID)")->type_name("N");
    command->add_option("--role", token.role, "student, instructor, admin, …")
        ->type_name("R")
        ->required();
    command->add_option("--permissions", token.permissions, "In place of the role's permissions")
        ->type_name("a,b");
    command->add_option("--ttl", token.ttl, "How long it is valid: 90s, 15m, 2h, 7d")
        ->type_name("T");
  }

  void add_user() {
    auto* user = app_.add_subcommand("user", "Manages accounts, also of a running server");
    user->require_subcommand(1);
    user->add_option("--config", arguments_.flags.config_file, "Configuration file (TOML)")
        ->type_name("FILE");
    user->add_option("--data", arguments_.flags.data, "Data directory (default ./data)")
        ->type_name("DIR");
    for (const auto& [action, what] :
         {std::pair("add", "Adds an account; the password comes from a prompt or stdin"),
          std::pair("list", "Lists name, role, state and id"),
          std::pair("set-password", "Sets a password, from a prompt or stdin, and signs out"),
          std::pair("set-role", "Gives an account another role and signs it out"),
          std::pair("disable", "Signs an account out and keeps it out"),
          std::pair("enable", "Lets a disabled account in again"),
          std::pair("remove", "Removes an account and signs it out"),
          std::pair("erase", "Removes a person from all that is stored; no server may run")}) {
      auto* command = add_to(*user, action, what, [this, name = std::string(action)] {
        return with_config([this, name](const Config& config) {
          arguments_.user.action = name;
          if (name == "erase") {
            run_erase(arguments_.user.name, config);
          } else {
            run_user(arguments_.user, config);
          }
          return 0;
        });
      });
      if (std::string_view(action) == "list") continue;
      command->add_option("NAME", arguments_.user.name, "User name")->required();
      if (std::string_view(action) != "add" && std::string_view(action) != "set-role") continue;
      command->add_option("--role", arguments_.user.role, "student, instructor, admin, …")
          ->type_name("R")
          ->required();
    }
  }

  void add_store_commands() {
    const auto add_file = [this](CLI::App* command, const char* what) {
      return command->add_option("FILE", arguments_.file, what);
    };
    add_file(add("backup", "Copies the store into a new file, also of a running server",
                 [this] {
                   return with_config([this](const Config& config) {
                     run_backup(arguments_.file, config);
                     return 0;
                   });
                 }),
             "Where to")
        ->required();
    add_file(add("restore", "Puts a copy in the place of the store; no server may run",
                 [this] {
                   return with_config([this](const Config& config) {
                     run_restore(arguments_.file, config);
                     return 0;
                   });
                 }),
             "The copy")
        ->required();
    add_file(add("verify", "Checks every event of the store, or of a copy",
                 [this] {
                   return with_config([this](const Config& config) {
                     return run_verify(arguments_.file, config) ? 0 : 1;
                   });
                 }),
             "A copy (default: the store)");
  }

  void add_export() {
    auto* command = add("export", "Writes events, or the results of a quiz, to stdout", [this] {
      if (arguments_.exported.aggregate.empty() && arguments_.exported.user.empty() &&
          !arguments_.all) {
        return refuse(
            "export needs --aggregate ID or --all, or --user NAME (see lectern export --help)");
      }
      return with_config([this](const Config& config) {
        run_export(arguments_.exported, config);
        return 0;
      });
    });
    auto* one =
        command->add_option("--aggregate", arguments_.exported.aggregate, "Of this room or quiz");
    one->type_name("ID");
    auto* all = command->add_flag("--all", arguments_.all, "Of everything");
    one->excludes(all);
    command->add_option("--user", arguments_.exported.user, "What concerns this account or user id")
        ->type_name("NAME")
        ->excludes(one)
        ->excludes(all);
    command->add_option("--format", arguments_.exported.format, "jsonl (default) or csv")
        ->type_name("jsonl|csv")
        ->check(CLI::IsMember({"jsonl", "csv"}));
  }

  void add_load() {
    auto& load = arguments_.load;
    auto* command = add("load", "Puts load on a running server and reports latencies", [this] {
      return with_config([this](const Config& config) {
        return run_load_command(arguments_.load, config) ? 0 : kFailed;
      });
    });
    command->add_option("URL", load.url, "http://HOST:PORT")->required();
    add_load_plan(*command, load.plan);
    command->add_option("--duration", load.duration, "Of the load: 90s, 15m (default 10s)")
        ->type_name("T");
    command->add_option("--ramp", load.ramp, "In which the connections come (default 1s)")
        ->type_name("T");
    command->add_option("--path", load.path, "Of Engine.IO (default /socket.io/)")
        ->type_name("PATH");
    command->add_option("--format", load.format, "text (default) or json")
        ->type_name("text|json")
        ->check(CLI::IsMember({"text", "json"}));
    command->add_option("--max-p99-ms", load.thresholds.p99_ms, "Exit 1 above this")
        ->type_name("MS");
    command->add_option("--max-errors", load.thresholds.errors, "Exit 1 above this")
        ->type_name("N");
    auto* user =
        command->add_option("--user", load.user, "Signs in; the password comes from stdin");
    user->type_name("NAME");
    auto* token = command->add_flag("--token-stdin", load.token_stdin, "Everybody's token");
    auto* none = command->add_flag("--anonymous", load.anonymous, "Connects without tokens");
    user->excludes(token)->excludes(none);
    token->excludes(none);
  }

  static void add_load_plan(CLI::App& command, load::Plan& plan) {
    command.add_option("--scenario", plan.scenario, "chat (default), quiz, echo or idle")
        ->type_name("NAME")
        ->check(CLI::IsMember({"chat", "quiz", "echo", "idle"}));
    const auto number = [&](const char* name, auto& value, const char* what, double least,
                            double most) {
      command.add_option(name, value, what)->type_name("N")->check(CLI::Range(least, most));
    };
    number("--connections", plan.connections, "Students (default 100)", 1, 1'000'000);
    number("--rooms", plan.rooms, "Rooms, each with a teacher (default 1)", 1, 10'000);
    number("--rate", plan.rate, "Messages a second of all together (default 10)", 0.001, 1e6);
    number("--bytes", plan.text_bytes, "Of a message (default 64)", 1, 10'000);
    number("--question-seconds", plan.question_seconds, "Between questions (default 5)", 0.1, 3600);
    command.add_option("--event", plan.echo_event, "Of echo, which is acknowledged (default echo)")
        ->type_name("NAME");
  }

  // The last command of the line that is known, and the names of those before it.
  const CLI::App& deepest(std::string& before) const {
    const CLI::App* command = &app_;
    while (!command->get_subcommands().empty()) {
      before += (before.empty() ? "" : " ") + command->get_name();
      command = command->get_subcommands().front();
    }
    return *command;
  }

  std::string help() const {
    std::string before;
    return deepest(before).help(before);
  }

  // What to say when a command is expected and another word is there.
  std::string unknown_command() const {
    std::string before;
    const auto& command = deepest(before);
    const auto commands = command.get_subcommands(nullptr);
    const auto words = app_.remaining(true);
    if (commands.empty() || words.empty() || words.front().starts_with('-')) return {};
    const auto& word = words.front();
    std::vector<std::string_view> known;
    known.reserve(commands.size());
    for (const auto* one : commands) known.push_back(one->get_name());
    const auto meant = closest(word, known);
    return "unknown command " + word +
           (meant.empty() ? " (see lectern --help)" : "; did you mean " + std::string(meant) + "?");
  }

  const Serve serve_;
  CLI::App app_{"A real-time server for live classes"};
  Arguments arguments_;
  std::function<int()> run_;
};

}  // namespace

int run_command_line(int argc, const char* const* argv, Serve serve) {
  try {
    return CommandLine(serve).run(argc, argv);
  } catch (const std::exception& error) {
    return refuse(error.what());
  }
}

}  // namespace lectern::app
