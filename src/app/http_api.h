#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <lectern/http.h>

#include "app/auth_service.h"
#include "app/callers.h"
#include "app/connection_list.h"
#include "app/environment.h"
#include "app/pipeline.h"
#include "app/router.h"
#include "app/web_files.h"

namespace lectern::app {

// Every HTTP request outside the Socket.IO path. What an event could ask for as well becomes that
// event and takes its way through the pipeline, so that both have the same checks. Runs on the
// shards, several at once.
class HttpApi {
 public:
  struct Parts {
    Environment& environment;
    Pipeline& pipeline;
    const Callers& callers;
    const identity::Tokens& tokens;
    AuthService& auth;
    AuthPool& pool;  // for reads that wait for a disk
    const WebFiles& web;
    const ConnectionList& connections;
    std::function<std::string()> not_ready;           // empty: ready; else why not
    std::function<void(std::string&)> write_metrics;  // appends the exposition format
  };

  explicit HttpApi(Parts parts) : parts_(std::move(parts)) {}

  void answer(HttpRequest request, HttpReply reply);

 private:
  struct Call {  // an authenticated request
    HttpRequest request;
    std::vector<std::string> parameters;  // of the route
    std::shared_ptr<const Caller> caller;
    HttpReply reply;
  };
  using Render = UniqueFunction<void(boost::json::object, HttpReply)>;

  // Takes the base path off the request, or says what is answered to one outside it.
  std::optional<HttpResponse> enter(HttpRequest& request) const;
  void answer_api(RouteMatch found, HttpRequest request, HttpReply reply);
  void answer_open(const RouteMatch& found, const HttpRequest& request, HttpReply reply);
  void answer_caller(Route route, Call call);
  HttpResponse public_keys() const;
  HttpResponse readiness() const;
  HttpResponse metrics() const;

  // Sends `payload` as an event of the caller; `render` answers when the outcome is positive.
  void submit(Call call, std::string_view event, boost::json::object payload, Render render);
  // These answer the call themselves when there is nothing to take.
  std::optional<boost::json::object> take_body(Call& call);
  std::optional<Uuid> take_id(Call& call);
  void show(const Caller& caller, const Uuid& room, int status, HttpReply reply);

  void create_room(Call call);
  void configure_room(Call call);
  void close_room(Call call);
  void list_rooms(Call call);
  void show_room(Call call);
  void list_messages(Call call);
  void emit(Call call);
  void create_quiz(Call call);
  void list_quizzes(Call call);
  void show_quiz(Call call);
  void show_results(Call call);
  void list_events(Call call);
  void list_audit(Call call);

  Parts parts_;
};

}  // namespace lectern::app
