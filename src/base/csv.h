#pragma once

#include <string>
#include <string_view>

namespace lectern {

// Appends one cell of a CSV file (RFC 4180), quoted where that is needed. A cell that a spreadsheet
// would take for a formula gets a leading apostrophe.
void append_csv_cell(std::string& csv, std::string_view text);

}  // namespace lectern
