#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <mtcp/mtcp.hpp>

namespace mtcp::test {

/// What a stream may have beyond the concept Stream.
enum class Extra {
  Peek,
  ReadExact,
  ReadToEnd,
  ReadAll,
  Gather,           // write_all() of several pieces
  DefaultTimeouts,  // set_default_timeouts()
  Clone,
  Move,
  ManyReaders  // several threads may read at once
};

inline constexpr Extra all_extras[] = {Extra::Peek,    Extra::ReadExact, Extra::ReadToEnd,
                                       Extra::ReadAll, Extra::Gather,    Extra::DefaultTimeouts,
                                       Extra::Clone,   Extra::Move};

/// A stream of any kind, so that the suite is compiled once. What the stream does not have throws.
class AnyStream {
 public:
  using Complete = std::function<bool(std::string_view)>;

  virtual ~AnyStream() = default;

  virtual Result<std::size_t> read(MutableBytes buffer, Timeout timeout) = 0;
  virtual Result<std::size_t> write(ConstBytes bytes, Timeout timeout) = 0;
  virtual Result<void> write_all(ConstBytes bytes, Timeout timeout) = 0;
  virtual Result<void> shutdown(Shutdown how) = 0;
  virtual void tie(const TcpManager& manager) = 0;
  virtual TcpManager manager() const = 0;
  virtual std::size_t available() const = 0;
  virtual Result<SocketAddr> peer_addr() const = 0;
  virtual Timeout default_read_timeout() const = 0;

  /// Whether the stream's type has it; of what a type does not tell, true.
  virtual bool has(Extra extra) const = 0;

  virtual Result<std::size_t> peek(MutableBytes buffer, Timeout timeout) = 0;
  virtual Result<void> read_exact(MutableBytes buffer, Timeout timeout) = 0;
  virtual Result<std::size_t> read_to_end(std::string& text, std::size_t limit,
                                          Timeout timeout) = 0;
  virtual Result<void> read_all(std::string& text, ReadAll options, const Complete& complete) = 0;
  virtual Result<void> write_pieces(std::span<const ConstBytes> pieces, Timeout timeout) = 0;
  virtual void set_default_timeouts(Timeout read, Timeout write) = 0;
  virtual std::unique_ptr<AnyStream> clone() = 0;

  /// Moves the stream away and destroys it there: this one is moved-from.
  virtual void move_away() = 0;

  /// How much of its buffer a read_exact() that failed has filled, so that the rest of it is to be
  /// asked for next. A TcpReader keeps it all back for the same call again.
  virtual std::size_t filled(const TcpError& error) const = 0;
};

/// The AnyStream over a stream of type S.
template <Stream S>
class Erased final : public AnyStream {
 public:
  explicit Erased(std::shared_ptr<S> stream) : stream_(std::move(stream)) {}

  Result<std::size_t> read(MutableBytes buffer, Timeout timeout) override {
    return stream_->read(buffer, timeout);
  }
  Result<std::size_t> write(ConstBytes bytes, Timeout timeout) override {
    return stream_->write(bytes, timeout);
  }
  Result<void> write_all(ConstBytes bytes, Timeout timeout) override {
    return stream_->write_all(bytes, timeout);
  }
  Result<void> shutdown(Shutdown how) override { return stream_->shutdown(how); }
  void tie(const TcpManager& manager) override { stream_->tie(manager); }
  TcpManager manager() const override { return std::as_const(*stream_).manager(); }
  std::size_t available() const override { return std::as_const(*stream_).available(); }
  Result<SocketAddr> peer_addr() const override { return std::as_const(*stream_).peer_addr(); }
  Timeout default_read_timeout() const override {
    return std::as_const(*stream_).default_read_timeout();
  }

  bool has(Extra extra) const override {
    switch (extra) {
      case Extra::Peek:
        return can_peek;
      case Extra::ReadExact:
        return can_read_exact;
      case Extra::ReadToEnd:
        return can_read_to_end;
      case Extra::ReadAll:
        return can_read_all;
      case Extra::Gather:
        return can_gather;
      case Extra::DefaultTimeouts:
        return can_set_timeouts;
      case Extra::Clone:
        return can_clone;
      case Extra::Move:
        return std::is_move_constructible_v<S>;
      case Extra::ManyReaders:
        return true;
    }
    return false;
  }

  Result<std::size_t> peek(MutableBytes buffer, Timeout timeout) override {
    if constexpr (can_peek) return stream_->peek(buffer, timeout);
    lacking();
  }
  Result<void> read_exact(MutableBytes buffer, Timeout timeout) override {
    if constexpr (can_read_exact) return stream_->read_exact(buffer, timeout);
    lacking();
  }
  Result<std::size_t> read_to_end(std::string& text, std::size_t limit, Timeout timeout) override {
    if constexpr (can_read_to_end) return stream_->read_to_end(text, limit, timeout);
    lacking();
  }
  Result<void> read_all(std::string& text, ReadAll options, const Complete& complete) override {
    if constexpr (can_read_all) return stream_->read_all(text, options, complete);
    lacking();
  }
  Result<void> write_pieces(std::span<const ConstBytes> pieces, Timeout timeout) override {
    if constexpr (can_gather) return stream_->write_all(pieces, timeout);
    lacking();
  }
  void set_default_timeouts(Timeout read, Timeout write) override {
    if constexpr (can_set_timeouts) return stream_->set_default_timeouts(read, write);
    lacking();
  }
  std::unique_ptr<AnyStream> clone() override {
    if constexpr (can_clone)
      return std::make_unique<Erased>(std::make_shared<S>(or_raise(stream_->try_clone())));
    lacking();
  }
  void move_away() override {
    if constexpr (std::is_move_constructible_v<S>)
      const S gone = std::move(*stream_);
    else
      lacking();
  }

  std::size_t filled(const TcpError& error) const override {
    if constexpr (requires { S::resumes_by_the_same_call; }) return 0;
    return error.transferred();
  }

 private:
  static constexpr bool can_peek = requires(S& s, MutableBytes b, Timeout t) { s.peek(b, t); };
  static constexpr bool can_read_exact =
      requires(S& s, MutableBytes b, Timeout t) { s.read_exact(b, t); };
  static constexpr bool can_read_to_end =
      requires(S& s, std::string& text, Timeout t) { s.read_to_end(text, std::size_t{}, t); };
  static constexpr bool can_read_all = requires(S& s, std::string& text, const Complete& complete) {
    s.read_all(text, ReadAll{}, complete);
  };
  static constexpr bool can_gather =
      requires(S& s, std::span<const ConstBytes> pieces, Timeout t) { s.write_all(pieces, t); };
  static constexpr bool can_set_timeouts =
      requires(S& s, Timeout t) { s.set_default_timeouts(t, t); };
  static constexpr bool can_clone = requires(S& s) { s.try_clone(); };

  [[noreturn]] static void lacking() { throw std::logic_error("this stream does not have that"); }

  std::shared_ptr<S> stream_;
};

}  // namespace mtcp::test
