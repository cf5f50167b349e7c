// What the numbers of failed system calls mean to whoever stores something.
#pragma once

#include "core/error.hpp"

namespace tessera {

/// By errno: disk_full where there is no room, for this user, or in a file of this size; not_there;
/// io_failure otherwise.
error_code storage_error_of(int number);

} // namespace tessera
