#include <functional>
#include <iostream>

#include <boost/json/serialize.hpp>

#include "app/cli/commands.h"
#include "app/event_json.h"
#include "app/person.h"
#include "base/csv.h"
#include "classroom/quiz.h"
#include "classroom/results.h"
#include "store/database.h"
#include "store/event_rows.h"

namespace lectern::app {
namespace {

using events::DomainEvent;

constexpr std::size_t kPage = 512;

// A store that may be in use by a server, read page by page.
class Source {
 public:
  explicit Source(const std::string& file) : database_(file), reads_(database_) {}

  void of_aggregate(const Uuid& id, const std::function<void(const DomainEvent&)>& visit) {
    for (std::uint64_t from = 1; from > 0;) {
      std::vector<DomainEvent> page;
      const bool whole = reads_.read(id, from, kPage, page);
      from = give(page, visit) ? page.back().version + 1 : 0;
      expect(whole);
    }
  }
  void of_all(const std::function<void(const DomainEvent&)>& visit) {
    for (std::uint64_t from = 1; from > 0;) {
      std::vector<DomainEvent> page;
      const bool whole = reads_.read_all(from, kPage, page);
      from = give(page, visit) ? page.back().position + 1 : 0;
      expect(whole);
    }
  }

 private:
  // False: that was the last page.
  static bool give(const std::vector<DomainEvent>& page,
                   const std::function<void(const DomainEvent&)>& visit) {
    for (const DomainEvent& event : page) visit(event);
    return page.size() == kPage;
  }
  static void expect(bool whole) {
    if (!whole) throw CommandError("an event is damaged; see lectern verify");
  }

  store::Database database_;
  store::EventReads reads_;
};

void print_line(const DomainEvent& event) {
  std::cout << boost::json::serialize(event_object(event)) << '\n';
}

void print_cells(const DomainEvent& event) {
  std::string line;
  for (const auto& cell :
       {std::to_string(event.position), event.aggregate.to_string(), std::to_string(event.version),
        event.id.to_string(), event.type, std::to_string(event.timestamp), event.payload}) {
    if (!line.empty()) line += ',';
    append_csv_cell(line, cell);
  }
  std::cout << line << "\r\n";
}

void print_results(Source& source, const Uuid& id) {
  classroom::QuizState quiz;
  source.of_aggregate(id, [&quiz](const DomainEvent& event) {
    if (!classroom::evolve(quiz, event)) throw CommandError("the quiz is damaged");
  });
  std::cout << classroom::results_csv(quiz);
}

bool is_quiz(Source& source, const Uuid& id) {
  std::string type;
  source.of_aggregate(id, [&type](const DomainEvent& event) {
    if (type.empty()) type = event.type;
  });
  if (type.empty()) throw CommandError("there are no events of " + id.to_string());
  return type.starts_with("quiz:");
}

// The id that belongs to an account's name; what is no name is an id.
std::string user_id_of(const std::string& user, const std::string& file) {
  store::Database database(file);
  store::Statement find(database, "SELECT user_id FROM accounts WHERE name = ?");
  auto query = find(user);
  return query.next() ? query.text(0) : user;
}

void write_of_user(Source& source, const std::string& user_id,
                   const std::function<void(const DomainEvent&)>& print) {
  source.of_all([&](const DomainEvent& event) {
    if (concerns(event, user_id)) print(event);
  });
}

void write(const ExportCommand& command, const std::string& database) {
  Source source(database);
  const bool csv = command.format == "csv";
  const auto print = csv ? print_cells : print_line;
  std::optional<Uuid> id;
  if (!command.aggregate.empty()) {
    id = Uuid::parse(command.aggregate);
    if (!id) throw CommandError(command.aggregate + " is not the id of a room or quiz");
    if (is_quiz(source, *id) && csv) return print_results(source, *id);
  }
  if (csv) std::cout << "position,aggregateId,version,id,type,timestamp,payload\r\n";
  if (id) return source.of_aggregate(*id, print);
  if (!command.user.empty()) {
    return write_of_user(source, user_id_of(command.user, database), print);
  }
  source.of_all(print);
}

}  // namespace

void run_export(const ExportCommand& command, const Config& config) {
  write(command, stored_database(config));
  if (!std::cout.flush()) throw CommandError("stdout cannot be written");
}

}  // namespace lectern::app
