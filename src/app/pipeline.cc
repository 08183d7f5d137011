#include "app/pipeline.h"

#include <atomic>
#include <chrono>
#include <exception>
#include <functional>
#include <utility>

#include "app/classroom_shard.h"
#include "app/environment.h"

namespace lectern::app {
namespace {

constexpr std::chrono::minutes kSweepInterval{1};

}  // namespace

Pipeline::Pipeline(Environment& environment) : environment_(environment) {
  const unsigned shards = environment.server.shards();
  gates_.reserve(shards);
  for (unsigned shard = 0; shard < shards; ++shard) {
    gates_.emplace_back(environment.config.limits);
    gates_.back().replace_own_events(environment.config.own_events);
    classrooms_.push_back(std::make_unique<ClassroomShard>(environment, shard));
  }
}

Pipeline::~Pipeline() = default;

unsigned Pipeline::owner_of(const Uuid& aggregate) const {
  return aggregate.routing() % environment_.server.shards();
}

unsigned Pipeline::home_of(const std::string& user_id) const {
  return static_cast<unsigned>(std::hash<std::string>{}(user_id) % environment_.server.shards());
}

void Pipeline::submit(const RequestPtr& request) {
  const unsigned home = home_of(request->user_id());
  if (!environment_.server.try_run_on(home, [this, home, request] { admit(home, request); })) {
    answer(*request, busy());
  }
}

void Pipeline::admit(unsigned home, const RequestPtr& request) {
  try {
    if (auto failure = gates_[home].admit(*request, environment_.clock.now())) {
      return answer(*request, std::move(*failure));
    }
    // A room that is about to be made lives where chance puts it.
    auto aggregate = aggregate_of(*request->parsed);
    if (std::holds_alternative<gate::RoomCreate>(*request->parsed)) {
      aggregate = request->fresh_id = Uuid::random();
    }
    const unsigned owner = owner_of(aggregate);
    if (!environment_.server.try_run_on(owner,
                                        [this, owner, request] { carry_out(owner, request); })) {
      answer(*request, busy());
    }
  } catch (const std::exception& error) {
    report(error);
    answer(*request, internal_failure());
  }
}

void Pipeline::carry_out(unsigned owner, const RequestPtr& request) {
  auto& classroom = *classrooms_[owner];
  classroom.when_awake(aggregate_of(*request->parsed),
                       [this, &classroom, request](std::optional<Failure> failure) {
                         if (failure) return answer(*request, std::move(*failure));
                         try {
                           classroom.carry_out(request);
                         } catch (const std::exception& error) {
                           report(error);
                           answer(*request, internal_failure());
                         }
                       });
}

void Pipeline::connection_lost(const Uuid& room, SocketRef socket) {
  const unsigned owner = owner_of(room);
  environment_.server.run_on(
      owner, [this, owner, room, socket] { classrooms_[owner]->connection_lost(room, socket); });
}

void Pipeline::connection_returned(const Uuid& room, SocketRef socket,
                                   const std::shared_ptr<const Caller>& caller) {
  const unsigned owner = owner_of(room);
  environment_.server.run_on(owner, [this, owner, room, socket, caller] {
    classrooms_[owner]->connection_returned(room, socket, *caller);
  });
}

void Pipeline::claim_name(const Uuid& room, std::string name,
                          UniqueFunction<void(std::string)> then) {
  const unsigned owner = owner_of(room);
  const auto shared = std::make_shared<UniqueFunction<void(std::string)>>(std::move(then));
  const bool taken =
      environment_.server.try_run_on(owner, [this, owner, room, name = std::move(name), shared] {
        (*shared)(classrooms_[owner]->claim_name(room, name));
      });
  if (!taken) (*shared)({});
}

void Pipeline::restore(const events::DomainEvent& event) {
  classrooms_[owner_of(event.aggregate)]->restore(event);
}

void Pipeline::learn(const events::DomainEvent& event) {
  const unsigned owner = owner_of(event.aggregate);
  environment_.server.post(owner, [this, owner, event] {
    try {
      classrooms_[owner]->learn(event);
    } catch (const std::exception& error) {
      report(error);
    }
  });
}

void Pipeline::ask(const Uuid& aggregate, HttpReply reply,
                   UniqueFunction<HttpResponse(ClassroomShard&)> question) {
  const unsigned owner = owner_of(aggregate);
  const auto shared = std::make_shared<HttpReply>(std::move(reply));
  const bool taken = environment_.server.try_run_on(
      owner, [this, owner, aggregate, shared, question = std::move(question)]() mutable {
        auto& classroom = *classrooms_[owner];
        classroom.when_awake(aggregate, [this, &classroom, shared, question = std::move(question)](
                                            std::optional<Failure> failure) mutable {
          if (failure) return (*shared)(error_response(*failure));
          HttpResponse response;
          try {
            response = question(classroom);
          } catch (const std::exception& error) {
            report(error);
            response = error_response(internal_failure());
          }
          (*shared)(std::move(response));
        });
      });
  if (!taken) (*shared)(error_response(busy()));
}

void Pipeline::ask_all(std::string_view name, HttpReply reply,
                       std::function<void(ClassroomShard&, boost::json::array&)> question) {
  struct Gathering {
    std::string name;
    HttpReply reply;
    std::function<void(ClassroomShard&, boost::json::array&)> question;
    std::vector<boost::json::array> parts;  // each written by one shard
    std::atomic<std::size_t> missing;
  };
  const auto shards = classrooms_.size();
  const auto all = std::make_shared<Gathering>();
  all->name = name;
  all->reply = std::move(reply);
  all->question = std::move(question);
  all->parts.resize(shards);
  all->missing = shards;
  for (unsigned shard = 0; shard < shards; ++shard) {
    environment_.server.run_on(shard, [this, shard, all] {
      try {
        all->question(*classrooms_[shard], all->parts[shard]);
      } catch (const std::exception& error) {
        report(error);
      }
      if (--all->missing != 0) return;
      boost::json::array everything;
      for (auto& part : all->parts) {
        everything.insert(everything.end(), part.begin(), part.end());
      }
      all->reply(json_response(200, {{all->name, std::move(everything)}}));
    });
  }
}

void Pipeline::replace_rules(const std::vector<gate::Rule>& rules) {
  for (unsigned shard = 0; shard < classrooms_.size(); ++shard) {
    environment_.server.run_on(shard, [this, shard, rules] {
      gates_[shard].replace_rules(rules);
      classrooms_[shard]->replace_rules(rules);
    });
  }
}

void Pipeline::replace_own_events(const std::shared_ptr<const gate::OwnEvents>& own) {
  for (unsigned shard = 0; shard < classrooms_.size(); ++shard) {
    environment_.server.run_on(shard,
                               [this, shard, own] { gates_[shard].replace_own_events(own); });
  }
}

void Pipeline::shed(std::int64_t age_ms) {
  for (unsigned shard = 0; shard < classrooms_.size(); ++shard) {
    environment_.server.run_on(shard, [this, shard, age_ms] {
      classrooms_[shard]->shed(environment_.clock.now(), age_ms);
    });
  }
}

void Pipeline::report(const std::exception& error) {
  environment_.sink.write(Level::error, std::string("request failed what=") + error.what());
}

void Pipeline::start() {
  for (unsigned shard = 0; shard < classrooms_.size(); ++shard) {
    environment_.server.run_on(shard, [this, shard] { classrooms_[shard]->start(); });
    environment_.server.run_after(shard, kSweepInterval, [this, shard] { sweep(shard); });
  }
}

void Pipeline::sweep(unsigned shard) {
  const auto now = environment_.clock.now();
  gates_[shard].sweep(now);
  classrooms_[shard]->sweep(now);
  environment_.server.run_after(shard, kSweepInterval, [this, shard] { sweep(shard); });
}

}  // namespace lectern::app
