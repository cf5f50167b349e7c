// The main of every test program; RapidCheck's cases are chosen by RC_PARAMS, as printed on failure.
#include <gtest/gtest.h>

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
