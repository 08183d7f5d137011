#include "app/client_address.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace lectern::app {
namespace {

TEST(TrustedProxies, BelieveNobodyByDefault) {
  EXPECT_EQ(TrustedProxies().client_of("192.0.2.1", "10.1.1.1"), "192.0.2.1");
}

// D12: behind a balancer, limits per address must see the client.
TEST(TrustedProxies, TakeTheLastAddressThatIsNoProxy) {
  const TrustedProxies proxies({"10.0.0.0/8", "::1"});
  EXPECT_EQ(proxies.client_of("10.0.0.1", "198.51.100.7"), "198.51.100.7");
  EXPECT_EQ(proxies.client_of("10.0.0.1", "6.6.6.6, 198.51.100.7, 10.2.3.4"), "198.51.100.7");
  EXPECT_EQ(proxies.client_of("::1", "2001:db8::5"), "2001:db8::5");
  EXPECT_EQ(proxies.client_of("198.51.100.9", "6.6.6.6"), "198.51.100.9");
}

TEST(TrustedProxies, StopAtWhatIsNoAddress) {
  const TrustedProxies proxies({"10.0.0.0/8"});
  EXPECT_EQ(proxies.client_of("10.0.0.1", "6.6.6.6, nonsense"), "10.0.0.1");
  EXPECT_EQ(proxies.client_of("10.0.0.1", ""), "10.0.0.1");
}

TEST(TrustedProxies, MatchMappedAddressesAndOddPrefixes) {
  const TrustedProxies proxies({"192.0.2.128/25"});
  EXPECT_TRUE(proxies.trusts("192.0.2.200"));
  EXPECT_TRUE(proxies.trusts("::ffff:192.0.2.200"));
  EXPECT_FALSE(proxies.trusts("192.0.2.100"));
}

TEST(TrustedProxies, RefuseWhatIsNoBlock) {
  for (const char* text : {"host", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/8x"}) {
    EXPECT_THROW(TrustedProxies({text}), std::invalid_argument) << text;
  }
}

TEST(LimitKey, CountsAnIpv6NetworkAsOneAddress) {
  EXPECT_EQ(limit_key_of("2001:db8:1:2::1"), limit_key_of("2001:db8:1:2:ffff::9"));
  EXPECT_NE(limit_key_of("2001:db8:1:2::1"), limit_key_of("2001:db8:1:3::1"));
  EXPECT_NE(limit_key_of("192.0.2.1"), limit_key_of("192.0.2.2"));
}

}  // namespace
}  // namespace lectern::app
