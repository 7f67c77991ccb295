// SHA-256, HMAC, and what is sealed with them.
#include "store/base/webhook_keys.h"

#include "tests/support/temp_dir.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace aimem {
namespace {

namespace fs = std::filesystem;

// FIPS 180-4 examples; the last crosses the end of a block.
TEST(Sha256, FitsTheVectors) {
    EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(sha256_hex("abc"),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    EXPECT_EQ(sha256_hex(std::string(1'000'000, 'a')),
              "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

// RFC 4231, cases 1, 2 and 6 (a key longer than a block).
TEST(Sha256, HmacFitsTheVectors) {
    EXPECT_EQ(to_hex(hmac_sha256(std::string(20, '\x0b'), "Hi There")),
              "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    EXPECT_EQ(to_hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(to_hex(hmac_sha256(std::string(131, '\xaa'),
                                 "Test Using Larger Than Block-Size Key - Hash Key First")),
              "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Sha256, HexGoesThereAndBack) {
    EXPECT_EQ(sha256_from_hex(sha256_hex("x")), sha256("x"));
    for (const std::string& bad : {std::string(), std::string(63, 'a'), std::string(65, 'a'),
                                   std::string(64, 'g'), std::string(64, 'A')})
        EXPECT_FALSE(sha256_from_hex(bad)) << bad;
}

std::string text_of(const fs::path& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
}

WebhookKeys keys_of(const std::string& text) {
    auto keys = WebhookKeys::parse(text);
    EXPECT_TRUE(keys) << text;
    return keys.value_or(WebhookKeys{});
}

const std::string kOne(64, '1');
const std::string kTwo(64, '2');

TEST(WebhookKeys, OpenWhatTheyHaveSealedAndNothingElse) {
    const Sha256 secret = sha256("quiet");
    const WebhookKeys one = keys_of(kOne);
    const WebhookKeys two = keys_of("# of another machine\n" + kTwo + "\n");
    const std::string sealed = one.seal(secret, system_rng());
    EXPECT_EQ(one.open(sealed), secret);
    EXPECT_FALSE(two.open(sealed));
    EXPECT_EQ(keys_of(kTwo + "\n\n" + kOne + "\n").open(sealed), secret) << "each of them opens";
    EXPECT_EQ(sealed.find(to_hex(secret)), std::string::npos);
    EXPECT_NE(one.seal(secret, system_rng()), sealed) << "nobody sees that two secrets are one";
    EXPECT_EQ(key_that_sealed(sealed), key_that_sealed(one.seal(sha256("x"), system_rng())));
    EXPECT_NE(key_that_sealed(sealed), key_that_sealed(two.seal(secret, system_rng())));
    EXPECT_FALSE(key_that_sealed(to_hex(secret)));
}

TEST(WebhookKeys, NoticeEveryChange) {
    const WebhookKeys keys = keys_of(kOne);
    const std::string sealed = keys.seal(sha256("quiet"), system_rng());
    const std::size_t name = sealed.find('.', sealed.find('.') + 1);  // only says which key
    for (std::size_t at = name; at < sealed.size(); ++at) {
        std::string other = sealed;
        other[at] = other[at] == 'a' ? 'b' : 'a';
        EXPECT_FALSE(keys.open(other)) << at;
    }
    for (std::size_t size = 0; size < sealed.size(); ++size)
        EXPECT_FALSE(keys.open(sealed.substr(0, size))) << size;
    EXPECT_FALSE(keys.open(sealed + "a"));
}

TEST(WebhookKeys, AreMadeOnceByWhoeverIsFirstForTheirOwnerAlone) {
    const test::TempDir dir;
    const fs::path database = dir / "memory.db";
    const fs::path file = WebhookKeys::file_of(database);
    EXPECT_TRUE(WebhookKeys::read(file)->empty()) << "no file, no keys";
    EXPECT_FALSE(fs::exists(file));
    std::vector<std::string> names(8);
    {
        std::vector<std::jthread> threads;
        for (std::string& name : names)
            threads.emplace_back([&database, &name] {
                const auto sealed = sealed_secret(database, "quiet");
                if (sealed) name = key_that_sealed(*sealed).value_or("");
            });
    }
    EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), 1u);
    EXPECT_FALSE(names.front().empty());
    EXPECT_NE(text_of(file).find("# " + names.front()), std::string::npos) << "which key it is";
    const auto mode = fs::status(file).permissions();
    EXPECT_EQ(mode, fs::perms::owner_read | fs::perms::owner_write);
    EXPECT_EQ(std::distance(fs::directory_iterator(dir.path()), fs::directory_iterator()), 1)
        << "and nothing else is left";
}

TEST(WebhookKeys, ASecretHasABound) {
    const test::TempDir dir;
    const fs::path database = dir / "memory.db";
    EXPECT_EQ(sealed_secret(database, std::string(kWebhookSecretBytes + 1, 's')).error().code,
              Errc::invalid_argument);
    EXPECT_FALSE(fs::exists(WebhookKeys::file_of(database)));
    EXPECT_TRUE(sealed_secret(database, std::string(kWebhookSecretBytes, 's')));
}

TEST(WebhookKeys, SayWhatIsWrongAndNeverAKey) {
    const test::TempDir dir;
    const fs::path file = dir / "keys";
    std::ofstream(file) << kOne << "\nnonsense\n";
    const auto keys = WebhookKeys::read(file);
    ASSERT_FALSE(keys);
    EXPECT_NE(keys.error().message.find(file.string() + ": line 2"), std::string::npos)
        << keys.error().message;
    EXPECT_EQ(keys.error().message.find("nonsense"), std::string::npos);
    std::ofstream(file, std::ios::trunc) << "# nothing\n";
    EXPECT_FALSE(WebhookKeys::read_or_make(file, system_rng())) << "not overwritten";
    EXPECT_EQ(text_of(file), "# nothing\n");
    EXPECT_FALSE(WebhookKeys::read_or_make(dir / "no" / "keys", system_rng()));
}

}  // namespace
}  // namespace aimem
