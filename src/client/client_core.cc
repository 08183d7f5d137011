#include "client/client_core.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "base/utf8.h"
#include "protocol/packet.h"

namespace lectern {

using client::NamespaceSocket;

namespace {

constexpr std::chrono::seconds kFarewell{2};

client::Url url_of(std::string_view text) {
  auto url = client::parse_url(text);
  if (!url) throw std::invalid_argument("no URL of a server: " + std::string(text));
  return *std::move(url);
}

ClientOptions checked(ClientOptions options) {
  for (const std::string& name : options.transports)
    if (name != "polling" && name != "websocket")
      throw std::invalid_argument("no transport of this client: " + name);
  if (options.transports.empty()) throw std::invalid_argument("ClientOptions::transports is empty");
  if (!options.auth.is_null() && !options.auth.is_object())
    throw std::invalid_argument("ClientOptions::auth is no object");
  return options;
}

std::optional<dial::TlsContext> tls_for(const client::Url& url, const ClientOptions& options) {
  if (!url.secure) return std::nullopt;
  return std::optional<dial::TlsContext>(std::in_place, options.verify_tls, options.ca_file);
}

}  // namespace

ClientCore::ClientCore(std::string_view url, ClientOptions options)
    : options_(checked(std::move(options))),
      writer_(options_.parser),
      endpoint_(url_of(url), options_),
      tls_(tls_for(endpoint_.url(), options_)),
      bytes_(options_.send_buffer_bytes),
      acks_(options_.max_pending_acks),
      loop_(options_.log),
      link_(loop_, endpoint_, tls_ ? &*tls_ : nullptr, options_, *this) {
  loop_.before_flush([this] { link_.flush(); });
}

ClientCore::~ClientCore() { link_.close(); }

void ClientCore::start(std::weak_ptr<ClientCore> self) {
  self_ = std::move(self);
  thread_ = std::thread([this] { loop_.run(); });
}

void ClientCore::stop() {
  loop_.post([this] {
    for (NamespaceSocket* socket : sockets()) socket->deactivate();
    link_.unwant();
    loop_.stop_when_empty();
    loop_.run_after(kFarewell, [this] { loop_.stop(); });
  });
  thread_.join();
}

void ClientCore::run(Task task) {
  if (std::this_thread::get_id() == thread_.get_id()) {
    call(task);
    return;
  }
  loop_.post(std::move(task));
}

ClientSocket& ClientCore::of(std::string_view nsp) {
  std::string name(nsp.starts_with('/') ? nsp : '/' + std::string(nsp));
  if (name.find(',') != std::string::npos || name.size() > protocol::kMaxNamespace ||
      !is_valid_utf8(name))
    throw std::invalid_argument("no name of a namespace: " + name);
  const std::lock_guard lock(sockets_mutex_);
  auto& socket = sockets_[name];
  if (!socket) socket = std::make_unique<NamespaceSocket>(*this, name);
  return *socket;
}

std::vector<NamespaceSocket*> ClientCore::sockets() const {
  const std::lock_guard lock(sockets_mutex_);
  std::vector<NamespaceSocket*> all;
  for (const auto& [name, socket] : sockets_) all.push_back(socket.get());
  return all;
}

std::string_view ClientCore::transport() const {
  switch (transport_.load()) {
    case Transport::none: return "";
    case Transport::polling: return "polling";
    case Transport::websocket: return "websocket";
  }
  return "";
}

void ClientCore::note_transport() {
  const std::string_view name = link_.transport();
  transport_ = name == "websocket" ? Transport::websocket
               : name == "polling" ? Transport::polling
                                   : Transport::none;
}

void ClientCore::socket_ended() {
  const auto all = sockets();
  if (std::any_of(all.begin(), all.end(), [](const auto* socket) { return socket->active(); }))
    return;
  link_.unwant();
  note_transport();
}

void ClientCore::on_link_open() {
  note_transport();
  for (NamespaceSocket* socket : sockets())
    if (link_.is_open()) socket->link_opened();
}

void ClientCore::on_link_packet(client::Received received) {
  NamespaceSocket* socket = nullptr;
  {
    const std::lock_guard lock(sockets_mutex_);
    const auto found = sockets_.find(received.nsp);
    if (found != sockets_.end()) socket = found->second.get();
  }
  if (socket != nullptr) socket->receive(std::move(received));
}

void ClientCore::on_link_upgrade() {
  note_transport();
  call(on_upgrade);
}

void ClientCore::on_link_error(std::string_view message) {
  const ConnectError error{std::string(message), nullptr};
  for (NamespaceSocket* socket : sockets()) socket->link_failed(error);
}

void ClientCore::on_link_closed(std::string_view reason) {
  note_transport();
  for (NamespaceSocket* socket : sockets()) socket->link_closed(reason);
}

void ClientCore::on_reconnect_attempt(const ReconnectAttempt& attempt) {
  call([&] { on_attempt(attempt); });
}
void ClientCore::on_reconnect_failed() { call(on_failed); }

}  // namespace lectern
