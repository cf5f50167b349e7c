#include "persistence/system_error.hpp"

#include <cerrno>

namespace tessera {

error_code storage_error_of(int number) {
  switch (number) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG: return error_code::disk_full; // EFBIG: a limit like that of ulimit -f
    case ENOENT: return error_code::not_there;
    default: return error_code::io_failure;
  }
}

} // namespace tessera
