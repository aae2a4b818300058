#include "tls/support/record.hpp"

#include <charconv>
#include <memory>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace mtcp::test {

namespace {

constexpr std::string_view log_label = "SERVER_TRAFFIC_SECRET_0 ";

const unsigned char* bytes(const std::string& text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* bytes(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

std::string from_hex(std::string_view hex) {
  std::string text;
  for (; hex.size() >= 2; hex.remove_prefix(2)) {
    unsigned char byte = 0;
    std::from_chars(hex.data(), hex.data() + 2, byte, 16);
    text.push_back(static_cast<char>(byte));
  }
  return text;
}

}  // namespace

Records::Records(SSL* ssl) {
  SSL_set_ciphersuites(ssl, "TLS_AES_128_GCM_SHA256");
  SSL_set_app_data(ssl, this);
  SSL_CTX_set_keylog_callback(SSL_get_SSL_CTX(ssl), [](const SSL* of, const char* line) {
    const std::string_view text = line;
    if (text.starts_with(log_label))
      static_cast<Records*>(SSL_get_app_data(of))->secret_ =
          from_hex(text.substr(text.rfind(' ') + 1));
  });
}

/// HKDF-Expand-Label of RFC 8446, 7.1, for one block.
std::string Records::expand(std::string_view label, std::size_t size) const {
  std::string info{'\0', static_cast<char>(size), static_cast<char>(6 + label.size())};
  info.append("tls13 ").append(label).append({'\0', '\1'});
  std::string block(EVP_MAX_MD_SIZE, '\0');
  unsigned length = 0;
  HMAC(EVP_sha256(), secret_.data(), static_cast<int>(secret_.size()), bytes(info), info.size(),
       bytes(block), &length);
  return block.substr(0, size);
}

std::string Records::record(char type, std::string_view content) {
  const std::string key = expand("key", 16);
  std::string nonce = expand("iv", 12);
  nonce.back() = static_cast<char>(static_cast<unsigned char>(nonce.back()) ^ count_++);
  const std::string plain = std::string(content) + type;
  constexpr std::size_t tag_size = 16;
  const std::size_t size = plain.size() + tag_size;
  const std::string head{23, 3, 3, static_cast<char>(size / 256), static_cast<char>(size % 256)};
  std::string sealed(size, '\0');
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> cipher(EVP_CIPHER_CTX_new(),
                                                                               EVP_CIPHER_CTX_free);
  int length = 0;
  EVP_EncryptInit_ex(cipher.get(), EVP_aes_128_gcm(), nullptr, bytes(key), bytes(nonce));
  EVP_EncryptUpdate(cipher.get(), nullptr, &length, bytes(head), static_cast<int>(head.size()));
  EVP_EncryptUpdate(cipher.get(), bytes(sealed), &length, bytes(plain),
                    static_cast<int>(plain.size()));
  EVP_EncryptFinal_ex(cipher.get(), bytes(sealed) + length, &length);
  EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, tag_size, sealed.data() + plain.size());
  return head + sealed;
}

}  // namespace mtcp::test
