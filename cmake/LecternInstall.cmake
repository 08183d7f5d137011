# The library for find_package(lectern CONFIG): all of its layers, because static libraries need
# each other when a program is linked. The component "library" holds all of it.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set_target_properties(lectern_json PROPERTIES EXPORT_NAME json)
set_target_properties(lectern_asio PROPERTIES EXPORT_NAME asio)
install(TARGETS lectern_api lectern_json lectern_asio lectern_base lectern_websocket lectern_engine
    lectern_protocol lectern_hub lectern_net lectern_dial lectern_redis lectern_server lectern_client
  EXPORT lectern
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library
  FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT library)

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/lectern)
install(EXPORT lectern FILE lecternTargets.cmake NAMESPACE lectern:: DESTINATION ${package}
  COMPONENT library)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/lecternConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_LIST_DIR}/lecternConfig.cmake
    ${CMAKE_CURRENT_BINARY_DIR}/lecternConfigVersion.cmake
  DESTINATION ${package} COMPONENT library)
