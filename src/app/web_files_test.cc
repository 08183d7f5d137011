#include "app/web_files.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "store/temporary_directory.h"

namespace lectern::app {
namespace {

HttpRequest get(std::string path, std::vector<std::pair<std::string, std::string>> headers = {}) {
  HttpRequest request;
  request.method = "GET";
  request.path = std::move(path);
  request.headers = std::move(headers);
  return request;
}

std::string header(const HttpResponse& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return {};
}

class WebFilesTest : public ::testing::Test {
 protected:
  WebFilesTest() {
    files_.add("/index.html", "<!doctype html>");
    files_.add("/assets/app-1a2b.js", "let x;");
    files_.add("/favicon.svg", "<svg/>");
  }
  WebFiles files_;
};

TEST_F(WebFilesTest, EveryPageOfTheApplicationIsTheIndex) {
  for (const char* path : {"/", "/signin", "/rooms", "/rooms/3b24", "/join/482913"}) {
    const auto response = files_.answer(get(path));
    EXPECT_EQ(response.status, 200) << path;
    EXPECT_EQ(*response.shared_body, "<!doctype html>") << path;
    EXPECT_EQ(header(response, "Cache-Control"), "no-cache") << path;
  }
}

TEST_F(WebFilesTest, UnderABasePathTheIndexNamesItsFilesThere) {
  files_.add("/index.html",
             "<meta name=\"base-path\" content=\"/\"><link href=\"/assets/a.css\">"
             "<a href=\"//host/x\"></a><a href=\"https://host/\"></a>");
  const auto before = header(files_.answer(get("/")), "ETag");
  files_.put_under("/a/b");
  const auto response = files_.answer(get("/join/482913"));
  EXPECT_EQ(*response.shared_body,
            "<meta name=\"base-path\" content=\"/a/b/\"><link href=\"/a/b/assets/a.css\">"
            "<a href=\"//host/x\"></a><a href=\"https://host/\"></a>");
  EXPECT_NE(header(response, "ETag"), before);
  EXPECT_EQ(files_.answer(get("/assets/app-1a2b.js")).status, 200);
}

TEST_F(WebFilesTest, AtTheRootTheIndexStaysAsItIs) {
  files_.add("/index.html", "<link href=\"/assets/a.css\">");
  files_.put_under("/");
  EXPECT_EQ(*files_.answer(get("/")).shared_body, "<link href=\"/assets/a.css\">");
}

TEST_F(WebFilesTest, HashedAssetsAreKeptForAYear) {
  const auto response = files_.answer(get("/assets/app-1a2b.js"));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(header(response, "Cache-Control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(header(response, "Content-Type"), "text/javascript; charset=utf-8");
}

TEST_F(WebFilesTest, ABrowserThatHasTheContentGetsNoneAgain) {
  const auto etag = header(files_.answer(get("/")), "ETag");
  const auto response = files_.answer(get("/", {{"If-None-Match", etag}}));
  EXPECT_EQ(response.status, 304);
  EXPECT_FALSE(response.shared_body);
  EXPECT_EQ(files_.answer(get("/", {{"If-None-Match", "\"other\""}})).status, 200);
}

TEST_F(WebFilesTest, WhatIsNotInTheMapIsNotFound) {
  for (const char* path : {"/etc/passwd", "/../etc/passwd", "/assets/../../etc/passwd",
                           "/%2e%2e/etc/passwd", "/assets/%2e%2e/index.html", "/join", "/join/a/b",
                           "/rooms/a/b", "/index.html%00", "/%zz", "//index.html"}) {
    EXPECT_EQ(files_.answer(get(path)).status, 404) << path;
  }
}

TEST_F(WebFilesTest, OtherMethodsAreToldWhatIsAllowed) {
  auto request = get("/");
  request.method = "POST";
  const auto response = files_.answer(request);
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(header(response, "Allow"), "GET, HEAD");
}

TEST(WebFiles, ReadsADirectoryWithItsCompressedFiles) {
  const store::TemporaryDirectory directory;
  std::filesystem::create_directory(directory.file("assets"));
  std::ofstream(directory.file("index.html")) << "index";
  std::ofstream(directory.file("assets/a.css")) << "plain";
  std::ofstream(directory.file("assets/a.css.gz")) << "squeezed";
  const auto files = WebFiles::read(directory.path());
  EXPECT_EQ(*files.answer(get("/assets/a.css")).shared_body, "plain");
  const auto response = files.answer(get("/assets/a.css", {{"Accept-Encoding", "br, gzip"}}));
  EXPECT_EQ(*response.shared_body, "squeezed");
  EXPECT_EQ(header(response, "Content-Encoding"), "gzip");
  EXPECT_EQ(header(response, "Vary"), "Accept-Encoding");
}

TEST(WebFiles, RefusesADirectoryWithoutAnIndex) {
  const store::TemporaryDirectory directory;
  EXPECT_THROW((void)WebFiles::read(directory.path()), std::runtime_error);
  EXPECT_THROW((void)WebFiles::read(directory.file("none")), std::runtime_error);
}

TEST(SecurityHeaders, ForbidEverythingThatThePagesDoNotNeed) {
  HttpResponse response;
  add_security_headers(response);
  const auto policy = header(response, "Content-Security-Policy");
  EXPECT_NE(policy.find("script-src 'self';"), std::string::npos);
  EXPECT_NE(policy.find("frame-ancestors 'none'"), std::string::npos);
  EXPECT_EQ(policy.find("unsafe"), std::string::npos);
  EXPECT_EQ(header(response, "X-Content-Type-Options"), "nosniff");
}

}  // namespace
}  // namespace lectern::app
