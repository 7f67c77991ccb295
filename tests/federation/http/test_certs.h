// Certificates made when a test runs: a CA, and what it signs. Written as PEM into a folder of
// their own, removed at the end. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string>

namespace aimem::testing {

struct CertFiles {
    std::string cert;
    std::string key;
};

class TestCa {
public:
    TestCa();
    ~TestCa();
    TestCa(const TestCa&) = delete;
    TestCa& operator=(const TestCa&) = delete;

    std::string ca_file() const;
    // subject_alt_name as OpenSSL writes it: "DNS:localhost,IP:127.0.0.1"
    CertFiles issue(const std::string& name, const std::string& subject_alt_name);
    std::string write(const std::string& name, const std::string& text);  // the path

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
    std::filesystem::path folder_;
};

std::string read_text(const std::string& path);

}  // namespace aimem::testing
