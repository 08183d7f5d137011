# Asio, Beast and Boost.JSON are compiled once, here; everybody else sees declarations only.
add_library(lectern_json STATIC ${CMAKE_CURRENT_LIST_DIR}/boost/json.cc)
target_link_libraries(lectern_json PUBLIC Boost::headers PRIVATE $<BUILD_INTERFACE:lectern_flags>)

add_library(lectern_asio STATIC ${CMAKE_CURRENT_LIST_DIR}/boost/asio.cc ${CMAKE_CURRENT_LIST_DIR}/boost/beast.cc)
target_compile_definitions(lectern_asio PUBLIC BOOST_ASIO_SEPARATE_COMPILATION
  BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED)
target_link_libraries(lectern_asio PUBLIC Boost::headers Threads::Threads
  PRIVATE $<BUILD_INTERFACE:lectern_flags>)
if(LECTERN_SANITIZE MATCHES thread)
  target_compile_definitions(lectern_asio PUBLIC BOOST_ASIO_DISABLE_FENCED_BLOCK)
endif()
