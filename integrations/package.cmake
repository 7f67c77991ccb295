# The Debian package. What goes where is said by each target's own install(); this adds the units, the example
# settings and CPack's values. Included last by the top CMakeLists.txt.
include(GNUInstallDirs)

set(services ${PROJECT_SOURCE_DIR}/integrations/services)
install(FILES ${services}/ai-memory.service DESTINATION lib/systemd/system)
install(FILES ${services}/user/ai-memory.service ${services}/user/ai-memory-sync.service
  DESTINATION lib/systemd/user)
install(FILES ${services}/node.env ${services}/sync.env ${services}/README.md
  DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/ai-memory/services)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME ai-memory)
set(CPACK_PACKAGE_VENDOR "ai-memory")
set(CPACK_PACKAGE_CONTACT "ai-memory maintainers <maintainers@example.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Federated memory for AI assistants: MCP server and replicating node")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION database)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)  # packaging needs the two programs, not every test and benchmark
include(CPack)
