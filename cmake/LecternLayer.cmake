# Flags of this project alone; never exported.
add_library(lectern_flags INTERFACE)
target_compile_features(lectern_flags INTERFACE cxx_std_20)
if(LECTERN_DEVELOPER)
  target_compile_options(lectern_flags INTERFACE -Wall -Wextra -Wshadow -Wconversion -Werror
    $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety>
    # GCC 12 with -O3 warns of overlaps in "x" + std::string (PR105651) and of members of variants.
    $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict> $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
endif()
if(LECTERN_SANITIZE)
  target_compile_options(lectern_flags INTERFACE -fsanitize=${LECTERN_SANITIZE}
    -fno-omit-frame-pointer -fno-sanitize-recover=all
    $<$<CXX_COMPILER_ID:Clang>:-fno-sanitize=function>
    $<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)  # GCC's TSan cannot see the fences that Asio uses
  target_link_options(lectern_flags INTERFACE -fsanitize=${LECTERN_SANITIZE})
endif()

# lectern_layer(<folder> SOURCES a.cc b.cc DEPENDS lectern_base ...): library lectern_<folder>,
# plus one test program <folder>_test made of every *_test.cc beside the sources.
function(lectern_layer name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPENDS")
  add_library(lectern_${name} STATIC ${arg_SOURCES})
  add_library(lectern::${name} ALIAS lectern_${name})
  set_target_properties(lectern_${name} PROPERTIES EXPORT_NAME ${name})
  target_include_directories(lectern_${name} PRIVATE ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(lectern_${name} PUBLIC ${arg_DEPENDS} PRIVATE $<BUILD_INTERFACE:lectern_flags>)
  target_compile_features(lectern_${name} PUBLIC cxx_std_20)
  if(NOT LECTERN_TESTS)
    return()
  endif()
  file(GLOB tests CONFIGURE_DEPENDS *_test.cc)
  if(tests)
    find_package(GTest REQUIRED)
    add_executable(${name}_test ${tests})
    target_include_directories(${name}_test PRIVATE ${PROJECT_SOURCE_DIR}/src)
    target_link_libraries(${name}_test PRIVATE lectern_${name} lectern_flags GTest::gmock GTest::gtest_main)
    include(GoogleTest)
    gtest_discover_tests(${name}_test TEST_PREFIX ${name}. PROPERTIES LABELS unit DISCOVERY_TIMEOUT 60)
  endif()
endfunction()
