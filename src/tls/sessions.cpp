#include "tls/sessions.hpp"

#include <utility>

namespace mtcp::detail {

void TlsSessions::keep(const std::string& server, SessionPtr session) {
  const std::lock_guard lock(mutex_);
  if (sessions_.size() == most_servers && !sessions_.contains(server))
    sessions_.erase(sessions_.begin());
  auto& kept = sessions_[server];
  kept.push_back(std::move(session));
  if (kept.size() > most_of_one) kept.pop_front();
}

SessionPtr TlsSessions::take(const std::string& server) noexcept {
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find(server);
  if (found == sessions_.end() || found->second.empty()) return nullptr;
  auto& kept = found->second;
  SSL_SESSION* newest = kept.back().get();
  if (SSL_SESSION_get_protocol_version(newest) < TLS1_3_VERSION) {
    SSL_SESSION_up_ref(newest);
    return SessionPtr(newest);
  }
  auto taken = std::move(kept.back());
  kept.pop_back();
  return taken;
}

}  // namespace mtcp::detail
