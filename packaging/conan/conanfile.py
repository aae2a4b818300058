from pathlib import Path

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load, rmdir
from conan.tools.scm import Version

required_conan_version = ">=2.0"


class MtcpConan(ConanFile):
    name = "mtcp"
    description = "Blocking-style TCP in which every operation has a deadline and can be cancelled"
    license = "MIT"
    topics = ("tcp", "sockets", "timeout", "cancellation", "blocking")
    package_type = "library"
    settings = "os", "arch", "compiler", "build_type"
    options = {
        "shared": [True, False],
        "fPIC": [True, False],
        "with_proxy": [True, False],
    }
    default_options = {"shared": False, "fPIC": True, "with_proxy": False}
    implements = ["auto_shared_fpic"]

    @property
    def _checkout(self):
        return Path(self.recipe_folder).parent.parent

    def set_version(self):
        lists = load(self, str(self._checkout / "CMakeLists.txt"))
        self.version = lists.split("VERSION ", 2)[2].split()[0]

    def export_sources(self):
        for pattern in (
            "CMakeLists.txt",
            "LICENSE",
            "cmake/*",
            "include/*",
            "src/*",
            "programs/*",
            "docs/man/*",
        ):
            copy(self, pattern, src=str(self._checkout), dst=self.export_sources_folder)

    def layout(self):
        cmake_layout(self)

    def validate(self):
        check_min_cppstd(self, 23)
        if self.settings.os != "Linux":
            raise ConanInvalidConfiguration("mtcp is for Linux so far")
        oldest = {"gcc": "12", "clang": "19"}.get(str(self.settings.compiler))
        if oldest and Version(self.settings.compiler.version) < oldest:
            raise ConanInvalidConfiguration("mtcp needs std::expected: g++ 12 or clang 19")

    def build_requirements(self):
        self.tool_requires("cmake/[>=3.25]")

    def generate(self):
        toolchain = CMakeToolchain(self)
        toolchain.cache_variables["MTCP_BUILD_TESTS"] = False
        toolchain.cache_variables["MTCP_BUILD_EXAMPLES"] = False
        toolchain.cache_variables["MTCP_BUILD_TLS"] = False
        toolchain.cache_variables["MTCP_BUILD_PROGRAMS"] = bool(self.options.with_proxy)
        toolchain.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        CMake(self).install()
        copy(self, "LICENSE", src=self.source_folder, dst=str(Path(self.package_folder) / "licenses"))
        # Conan writes files of its own for these.
        rmdir(self, str(Path(self.package_folder) / "lib" / "cmake"))
        rmdir(self, str(Path(self.package_folder) / "lib" / "pkgconfig"))

    def package_info(self):
        self.cpp_info.libs = ["mtcp"]
        self.cpp_info.system_libs = ["pthread"]
        self.cpp_info.set_property("cmake_file_name", "mtcp")
        self.cpp_info.set_property("cmake_target_name", "mtcp::mtcp")
        self.cpp_info.set_property("pkg_config_name", "mtcp")
