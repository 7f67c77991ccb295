// What this compiler makes of the forms: the fine ones must be right everywhere; the flagged ones
// are wrong with g++ 12, and the day they are right there too, the rule and its gate can go.
// SPDX-License-Identifier: Apache-2.0
#include "tests/lint/gcc12/forms.h"

#include <gtest/gtest.h>

namespace aimem::gcc12 {
namespace {

// How many objects are left over after one run; below zero: some were destroyed twice.
int left_alive(const Form& form) {
    Tracked::reset();
    {
        Task task = form.run();
        EXPECT_EQ(task.run(), 1) << form.name;
    }
    return Tracked::alive();
}

TEST(AwaitForms, TheFormsToWriteDestroyEverythingOnce) {
    for (const Form& form : fine_forms()) {
        EXPECT_EQ(left_alive(form), 0) << form.name;
    }
}

TEST(AwaitForms, TheFormsToAvoidAreStillMiscompiled) {
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ == 12
    for (const Form& form : flagged_forms()) {
        EXPECT_LT(left_alive(form), 0)
            << form.name << " is right now: must the gate still flag it?";
    }
#else
    GTEST_SKIP() << "the rule is about g++ 12";
#endif
}

}  // namespace
}  // namespace aimem::gcc12
