#pragma once

#include <cstddef>
#include <span>

namespace lectern {

// Fills `out` from the operating system's CSPRNG. Any thread. Aborts the process when the system
// has no randomness to give: nothing secure could follow.
void fill_random(std::span<std::byte> out);

}  // namespace lectern
