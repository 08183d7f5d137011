#include "app/web_files.h"

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "app/http_target.h"

namespace lectern::app {
namespace {

constexpr std::string_view kContentSecurityPolicy =
    "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data:; style-src 'self'; "
    "script-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
    "form-action 'self'";

constexpr std::pair<std::string_view, std::string_view> kTypes[] = {
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json"},
    {".webmanifest", "application/manifest+json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".txt", "text/plain; charset=utf-8"},
    {".map", "application/json"},
};

std::string_view type_of(std::string_view path) {
  for (const auto& [ending, type] : kTypes) {
    if (path.ends_with(ending)) return type;
  }
  return "application/octet-stream";
}

// FNV-1a. It tells builds apart; it protects nothing.
std::string etag_of(std::string_view content) {
  std::uint64_t hash = 14695981039346656037U;
  for (const char c : content) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  }
  char text[32];
  std::snprintf(text, sizeof text, "\"%016llx\"", static_cast<unsigned long long>(hash));
  return text;
}

// Pages that the application draws itself from index.html.
bool is_page(const std::vector<std::string>& segments) {
  if (segments.empty()) return true;
  const auto& first = segments.front();
  if (segments.size() == 1) return first == "signin" || first == "rooms";
  return segments.size() == 2 && (first == "rooms" || first == "join");
}

bool takes_gzip(const HttpRequest& request) {
  const auto accepted = request.header("accept-encoding");
  const auto at = accepted.find("gzip");
  return at != std::string_view::npos && !accepted.substr(at).starts_with("gzip;q=0");
}

bool names_etag(std::string_view header, std::string_view etag) {
  return header == "*" || header.find(etag) != std::string_view::npos;
}

HttpResponse plain(int status, std::string_view text) {
  HttpResponse response{status, {{"Content-Type", "text/plain; charset=utf-8"}}, {}, {}};
  response.body = text;
  return response;
}

}  // namespace

void add_security_headers(HttpResponse& response) {
  response.headers.emplace_back("Content-Security-Policy", kContentSecurityPolicy);
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  response.headers.emplace_back("Referrer-Policy", "no-referrer");
}

WebFiles WebFiles::read(const std::string& directory) {
  namespace fs = std::filesystem;
  WebFiles files;
  std::size_t total = 0;
  try {
    for (const auto& entry : fs::recursive_directory_iterator(directory)) {
      if (!entry.is_regular_file()) continue;
      total += entry.file_size();
      if (total > kMaxBytes) {
        throw std::runtime_error("web directory " + directory + " is larger than 64 MB");
      }
      std::ifstream in(entry.path(), std::ios::binary);
      if (!in) throw std::runtime_error("cannot read " + entry.path().string());
      files.add("/" + entry.path().lexically_relative(directory).generic_string(),
                std::string(std::istreambuf_iterator<char>(in), {}));
    }
  } catch (const fs::filesystem_error& error) {
    throw std::runtime_error("cannot read web directory " + directory + ": " +
                             error.code().message());
  }
  if (!files.find("/index.html")) {
    throw std::runtime_error("web directory " + directory + " has no index.html");
  }
  for (auto& [path, file] : files.files_) {
    if (const auto* gzip = files.find(path + ".gz")) file.gzip = gzip->content;
  }
  return files;
}

void WebFiles::add(std::string path, std::string content) {
  File file;
  file.etag = etag_of(content);
  file.type = type_of(path);
  file.content = std::make_shared<const std::string>(std::move(content));
  files_.insert_or_assign(std::move(path), std::move(file));
}

void WebFiles::put_under(std::string_view base_path) {
  constexpr std::string_view kAddress = "=\"/";
  const auto* index = find("/index.html");
  if (!index || base_path == "/") return;
  std::string moved;
  std::string_view rest = *index->content;
  for (auto at = rest.find(kAddress); at != rest.npos; at = rest.find(kAddress)) {
    const auto slash = at + kAddress.size() - 1;
    moved += rest.substr(0, slash);
    rest.remove_prefix(slash);
    if (!rest.starts_with("//")) moved += base_path;
    moved += '/';
    rest.remove_prefix(1);
  }
  moved += rest;
  add("/index.html", std::move(moved));  // without the packed one, which has the old addresses
  files_.erase("/index.html.gz");
}

const WebFiles::File* WebFiles::find(std::string_view path) const {
  const auto found = files_.find(path);
  return found == files_.end() ? nullptr : &found->second;
}

HttpResponse WebFiles::answer(const HttpRequest& request) const {
  const auto segments = path_segments(request.path);
  const auto decoded = percent_decode(request.path);
  const File* file = nullptr;
  if (segments && decoded) file = find(is_page(*segments) ? "/index.html" : *decoded);
  if (!file) return plain(404, "Not found\n");
  if (request.method != "GET" && request.method != "HEAD") {
    auto response = plain(405, "Method not allowed\n");
    response.headers.emplace_back("Allow", "GET, HEAD");
    return response;
  }
  HttpResponse response;
  const bool hashed = decoded->starts_with("/assets/");
  response.headers.emplace_back("Cache-Control",
                                hashed ? "public, max-age=31536000, immutable" : "no-cache");
  response.headers.emplace_back("ETag", file->etag);
  if (file->gzip) response.headers.emplace_back("Vary", "Accept-Encoding");
  if (names_etag(request.header("if-none-match"), file->etag)) {
    response.status = 304;
    return response;
  }
  response.headers.emplace_back("Content-Type", file->type);
  if (file->gzip && takes_gzip(request)) {
    response.headers.emplace_back("Content-Encoding", "gzip");
    response.shared_body = file->gzip;
  } else {
    response.shared_body = file->content;
  }
  return response;
}

}  // namespace lectern::app
