#include "identity/memory_store.h"

#include "identity/account_store_conformance.h"

namespace lectern::identity {
namespace {

struct MemoryStoreUnderTest {
  AccountStore& store() { return accounts; }
  void reopen() {}
  MemoryStore accounts;
};
INSTANTIATE_TYPED_TEST_SUITE_P(Memory, AccountStoreConformance, MemoryStoreUnderTest);

}  // namespace
}  // namespace lectern::identity
