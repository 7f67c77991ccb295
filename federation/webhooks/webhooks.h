// Tells subscribers what was written on this file, whichever program wrote it: follows the file's
// own feed from where it stopped and sends each event to those who want it. At most kFlights
// deliveries at once; each is tried three times. The place in the feed is kept after each page, so
// a restart may repeat the events of one page and loses none. I/O thread only.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "federation/store_gateway.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <memory>

namespace aimem::webhooks {

class Webhooks {
public:
    // The store must outlive it. The system's root certificates are read for the first delivery
    // over https.
    Webhooks(boost::asio::any_io_executor executor, StoreGateway& store);
    ~Webhooks();

    void start();
    boost::asio::awaitable<void> stop();  // deliveries under way get a second

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace aimem::webhooks
