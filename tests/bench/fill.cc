#include "tests/bench/fill.h"

#include <future>
#include <stdexcept>

namespace aimem::bench {

std::unique_ptr<Store> open_store(const std::filesystem::path& file) {
    StoreOptions options;
    options.file = file;
    auto store = Store::open(options);
    if (!store) throw std::runtime_error("open store: " + store.error().message);
    return std::move(*store);
}

StoreMemory op_from(Text text) {
    StoreMemory op;
    op.title = std::move(text.title);
    op.content = std::move(text.content);
    op.tags = std::move(text.tags);
    op.ns = "bench";
    op.tier = Tier::long_term;
    return op;
}

void load_batch(Store& store, std::vector<Op> ops) {
    std::promise<void> done;
    store.commit_all(std::move(ops), [&done](const std::vector<Result<Committed>>& results) {
        try {
            for (const auto& result : results)
                if (!result) throw std::runtime_error("store: " + result.error().message);
            done.set_value();
        } catch (const std::runtime_error&) {
            done.set_exception(std::current_exception());
        }
    });
    done.get_future().get();
}

}  // namespace aimem::bench
