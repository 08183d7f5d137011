#pragma once

#include <string>
#include <string_view>

namespace lectern::server {

// How the body of an answer may be written to make it shorter (RFC 9110 section 8.4.1).
enum class ContentCoding : unsigned char { identity, gzip, deflate };

// The coding that a client prefers of those we have, from its Accept-Encoding; "q=0" forbids one.
ContentCoding accepted_coding(std::string_view accept_encoding);

// The body in that coding, which is not identity.
std::string encoded(std::string_view body, ContentCoding coding);

// "gzip" or "deflate".
std::string_view name_of(ContentCoding coding);

}  // namespace lectern::server
