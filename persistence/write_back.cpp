#include "persistence/write_back.hpp"

#include "persistence/system_error.hpp"

#include <cerrno>
#include <fcntl.h>
#include <string>
#include <system_error>

namespace tessera {

result<void> begin_write_back(file& target, std::string_view path, std::uint64_t offset,
                              std::uint64_t bytes) {
  const int descriptor = target.descriptor();
  if (descriptor < 0)
    return {};
  while (::sync_file_range(descriptor, static_cast<off64_t>(offset), static_cast<off64_t>(bytes),
                           SYNC_FILE_RANGE_WRITE) != 0) {
    const int number = errno;
    switch (number) {
      case EINTR: continue;
      case EINVAL:
      case ESPIPE:
      case ENOSYS:
      case EPERM:
      case EOPNOTSUPP: return {}; // not on this kind of file, or forbidden; it was a hint
      default: break;
    }
    return fail(storage_error_of(number),
                std::string(path) + ": sync_file_range: " + std::system_category().message(number));
  }
  return {};
}

} // namespace tessera
