#pragma once

#include <asio/ssl.hpp>
