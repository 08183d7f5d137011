#include "app/router.h"

#include <gtest/gtest.h>

namespace lectern::app {
namespace {

RouteMatch open(std::string_view method, std::string_view path) {
  return find_route(method, path, /*internal=*/false);
}

TEST(Router, FindsARouteAndItsParameters) {
  const auto found = open("GET", "/api/rooms/3b241101-e2bb-4255-8caf-4136c566a962/messages");
  EXPECT_EQ(found.route, Route::list_messages);
  ASSERT_EQ(found.parameters.size(), 1U);
  EXPECT_EQ(found.parameters[0], "3b241101-e2bb-4255-8caf-4136c566a962");
}

TEST(Router, TellsMethodsOfOnePathApart) {
  EXPECT_EQ(open("GET", "/api/rooms").route, Route::list_rooms);
  EXPECT_EQ(open("POST", "/api/rooms").route, Route::create_room);
  EXPECT_EQ(open("DELETE", "/api/rooms/x").route, Route::close_room);
}

TEST(Router, AnswersHeadLikeGet) {
  EXPECT_EQ(open("HEAD", "/api/rooms").route, Route::list_rooms);
  EXPECT_EQ(open("HEAD", "/auth/login").route, Route::method_not_allowed);
}

TEST(Router, NamesTheMethodsThatAPathKnows) {
  const auto found = open("PUT", "/api/rooms/x");
  EXPECT_EQ(found.route, Route::method_not_allowed);
  EXPECT_EQ(found.allow, "GET, HEAD, PATCH, DELETE");
  EXPECT_EQ(open("GET", "/auth/login").allow, "POST");
}

TEST(Router, MethodsAreCaseSensitive) {
  EXPECT_EQ(open("get", "/api/rooms").route, Route::method_not_allowed);
}

TEST(Router, HasNoWebFilesBelowApiAndAuth) {
  EXPECT_EQ(open("GET", "/api").route, Route::not_found);
  EXPECT_EQ(open("GET", "/api/nothing").route, Route::not_found);
  EXPECT_EQ(open("GET", "/api/rooms/").route, Route::not_found);
  EXPECT_EQ(open("GET", "/%61pi/nothing").route, Route::not_found);
  EXPECT_EQ(open("GET", "/auth/x").route, Route::not_found);
  EXPECT_EQ(open("GET", "/rooms/x").route, Route::web);
  EXPECT_EQ(open("GET", "/").route, Route::web);
}

TEST(Router, RefusesWhatIsNoPath) {
  EXPECT_EQ(open("OPTIONS", "*").route, Route::not_found);
  EXPECT_EQ(open("GET", "/api/rooms/%zz").route, Route::not_found);
}

TEST(Router, ShowsMetricsOnInternalListenersOnly) {
  EXPECT_EQ(open("GET", "/metrics").route, Route::web);
  EXPECT_EQ(find_route("GET", "/metrics", true).route, Route::metrics);
  EXPECT_EQ(find_route("GET", "/readyz", true).route, Route::readyz);
  EXPECT_EQ(find_route("GET", "/", true).route, Route::not_found);
  EXPECT_EQ(find_route("GET", "/api/rooms", true).route, Route::not_found);
}

}  // namespace
}  // namespace lectern::app
