#include "app/serve.h"

namespace lectern::app {

int serve(const Config&) { throw StartError("serve is not available in this version"); }

}  // namespace lectern::app
