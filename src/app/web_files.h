#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include <lectern/http.h>

namespace lectern::app {

// The built web application, held in memory. A request is a look-up in a map of names, so no path
// can leave the directory. Immutable once built; any thread.
//
//   /assets/…      names carry a hash of the content: kept for a year by browsers
//   every page of the application (/ /signin /rooms /rooms/… /join/…)   index.html, asked for again
//                                                                       each time (ETag)
//   other files    likewise asked for again
//
// A file `x.gz` beside `x` is sent in its place to browsers that take gzip.
class WebFiles {
 public:
  static constexpr std::size_t kMaxBytes = 64 * 1024 * 1024;  // of all files together

  WebFiles() = default;

  // Reads a directory. Throws std::runtime_error (one line) when it cannot be read, is larger than
  // kMaxBytes or has no index.html.
  static WebFiles read(const std::string& directory);

  void add(std::string path, std::string content);  // path: "/index.html"

  // Puts `base_path` ("/lectern") in front of every address in index.html that begins with one
  // slash; its other files name each other by relative addresses. Requests still come without it.
  void put_under(std::string_view base_path);

  // Answers GET and HEAD: 200, 304, 404 or 405.
  HttpResponse answer(const HttpRequest& request) const;

  bool empty() const { return files_.empty(); }
  std::size_t size() const { return files_.size(); }

 private:
  struct File {
    std::shared_ptr<const std::string> content;
    std::shared_ptr<const std::string> gzip;  // null: none
    std::string etag;                         // with its quotes
    std::string_view type;
  };

  const File* find(std::string_view path) const;

  std::map<std::string, File, std::less<>> files_;
};

// Headers that every answer carries: what a page may load, and that types are not guessed.
void add_security_headers(HttpResponse& response);

}  // namespace lectern::app
