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
    for (const auto& [name, what] :
         {std::pair("backup", "Copies the store of a live server into a file"),
          std::pair("restore", "Puts a copy in the place of the store"),
          std::pair("verify", "Checks the store"),
          std::pair("export", "Writes events or quiz results"),
          std::pair("load", "Generates load and reports latencies"),
          std::pair("doctor", "Checks what usually goes wrong on a host")}) {
      auto* command = add(name, what + std::string(" (not available in this version)"),
                          [word = std::string(name)] {
                            return refuse(word + " is not available in this version");
                          });
      command->allow_extras();
    }
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
    auto line = loaded.mistakes.front().line();
    if (const auto more = loaded.mistakes.size() - 1; more > 0) {
      line += " (and " + std::to_string(more) + " more: see lectern check-config)";
    }
    return refuse(line);
  }

  void add_serve() {
    auto* serve_command = add("serve", "Runs the server", [this] {
      return with_config([this](const Config& config) { return serve_(config); });
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
      const auto loaded = load_config(arguments_.flags, environment_of_program());
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
          std::pair("remove", "Removes an account and signs it out")}) {
      auto* command = add_to(*user, action, what, [this, name = std::string(action)] {
        return with_config([this, name](const Config& config) {
          arguments_.user.action = name;
          run_user(arguments_.user, config);
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
