// A program of somebody who installed Tessera.
#include "public_headers.hpp"

#ifndef __SSE2__
#error "tessera::sdk must bring its floating-point flags"
#endif

int main() {
  auto id = tessera::entity_id::make(1, 2, 3);
  return id.serial() == 3 ? 0 : 1;
}
