#include "websocket/deflate_negotiation.h"

#include <string>

#include <gtest/gtest.h>

namespace lectern::websocket {
namespace {

constexpr auto kServerAlone = "permessage-deflate; server_no_context_takeover";
constexpr auto kBoth = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

// The header of the answer, "" for none.
std::string answer(std::string_view header, ContextTakeover inbound = ContextTakeover::none) {
  const auto answered = answer_deflate_offers(header, inbound).value();
  return answered ? answered->header : "";
}

TEST(AnswerDeflateOffers, AcceptsWhatBrowsersOffer) {
  EXPECT_EQ(answer("permessage-deflate; client_max_window_bits"), kBoth);
  EXPECT_EQ(answer("permessage-deflate"), kBoth);
  EXPECT_EQ(answer("permessage-deflate; client_max_window_bits=\"10\""), kBoth);
  EXPECT_EQ(answer("permessage-deflate", ContextTakeover::kept), kServerAlone);
  EXPECT_EQ(answer("permessage-deflate; client_no_context_takeover", ContextTakeover::kept), kBoth);
  EXPECT_EQ(answer("permessage-deflate; server_no_context_takeover", ContextTakeover::kept),
            kServerAlone);
  EXPECT_EQ(answer("x-webkit-deflate-frame, permessage-deflate"), kBoth);
}

TEST(AnswerDeflateOffers, TellsWhatWasAgreed) {
  const auto agreed =
      answer_deflate_offers("permessage-deflate; server_max_window_bits=10", ContextTakeover::kept)
          .value();
  ASSERT_TRUE(agreed);
  EXPECT_TRUE(agreed->parameters.server_no_context_takeover);
  EXPECT_FALSE(agreed->parameters.client_no_context_takeover);
  EXPECT_EQ(agreed->parameters.server_max_window_bits, 10);
  EXPECT_TRUE(
      answer_deflate_offers("permessage-deflate").value()->parameters.client_no_context_takeover);
}

TEST(AnswerDeflateOffers, KeepsToTheWindowThatWasOffered) {
  for (int bits = 9; bits <= 15; ++bits) {
    const std::string parameter = "; server_max_window_bits=" + std::to_string(bits);
    EXPECT_EQ(answer("permessage-deflate" + parameter), kBoth + parameter);
  }
  EXPECT_EQ(answer("permessage-deflate; server_max_window_bits=8"), "") << "zlib has none";
  EXPECT_EQ(answer("permessage-deflate; server_max_window_bits=8, permessage-deflate"), kBoth);
  EXPECT_EQ(answer("permessage-deflate; client_max_window_bits=8"), kBoth)
      << "a smaller window of the client fits into ours";
}

TEST(AnswerDeflateOffers, DeclinesParametersThatDoNotExist) {
  for (const char* parameter : {"server_max_window_bits",
                                "server_max_window_bits=7",
                                "server_max_window_bits=16",
                                "server_max_window_bits=0",
                                "server_max_window_bits=010",
                                "server_max_window_bits=+10",
                                "server_max_window_bits=a",
                                "server_max_window_bits=100",
                                "server_max_window_bits=1",
                                "client_max_window_bits=7",
                                "client_max_window_bits=16",
                                "client_max_window_bits=08",
                                "client_max_window_bits=true",
                                "server_no_context_takeover=1",
                                "client_no_context_takeover=true",
                                "unknown",
                                "constructor",
                                "Server_no_context_takeover",
                                "server_no_context_takeover; server_no_context_takeover",
                                "client_max_window_bits; client_max_window_bits=10",
                                "server_max_window_bits=10; server_max_window_bits=10",
                                "client_no_context_takeover; client_no_context_takeover"}) {
    const std::string offer = "permessage-deflate; " + std::string(parameter);
    EXPECT_EQ(answer(offer), "") << parameter;
    EXPECT_EQ(answer(offer + ", permessage-deflate; server_max_window_bits=12"),
              kBoth + std::string("; server_max_window_bits=12"))
        << parameter;
  }
}

TEST(AnswerDeflateOffers, TakesTheFirstOfferThatItCanKeep) {
  EXPECT_EQ(answer("permessage-deflate; server_max_window_bits=9, permessage-deflate"),
            kBoth + std::string("; server_max_window_bits=9"));
}

TEST(AnswerDeflateOffers, HasNothingToSayToOthers) {
  for (const char* header : {"", "constructor", "permessage-bzip2", "Permessage-deflate"})
    EXPECT_EQ(answer(header), "") << header;
  for (const char* header : {"permessage-deflate;", "permessage-deflate, ,", "=",
                             "permessage-deflate; server_max_window_bits=\"10"})
    EXPECT_EQ(answer_deflate_offers(header).error(), Errc::malformed_frame) << header;
}

TEST(ReadDeflateAnswer, UnderstandsTheServer) {
  EXPECT_FALSE(read_deflate_answer("").value());
  const auto plain = read_deflate_answer("permessage-deflate").value();
  ASSERT_TRUE(plain);
  EXPECT_FALSE(plain->server_no_context_takeover);
  EXPECT_FALSE(plain->client_no_context_takeover);
  EXPECT_EQ(plain->server_max_window_bits, 15);
  const auto all = read_deflate_answer(
                       "permessage-deflate; server_no_context_takeover; "
                       "client_no_context_takeover; server_max_window_bits=8")
                       .value();
  EXPECT_TRUE(all->server_no_context_takeover);
  EXPECT_TRUE(all->client_no_context_takeover);
  EXPECT_EQ(all->server_max_window_bits, 8);
}

TEST(ReadDeflateAnswer, RefusesWhatWasNotOffered) {
  for (const char* header :
       {"permessage-bzip2", "permessage-deflate, permessage-deflate", "permessage-deflate, foo",
        "permessage-deflate; client_max_window_bits=10", "permessage-deflate; foo",
        "permessage-deflate; server_max_window_bits", "permessage-deflate; client_max_window_bits",
        "permessage-deflate; server_no_context_takeover=1", "permessage-deflate;"})
    EXPECT_EQ(read_deflate_answer(header).error(), Errc::malformed_frame) << header;
}

TEST(ReadDeflateAnswer, UnderstandsItsOwnServer) {
  const auto answered = answer_deflate_offers(kDeflateOffer, ContextTakeover::kept).value();
  ASSERT_TRUE(answered);
  const auto read = read_deflate_answer(answered->header).value();
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->client_no_context_takeover);
  EXPECT_TRUE(read->server_no_context_takeover);
}

}  // namespace
}  // namespace lectern::websocket
