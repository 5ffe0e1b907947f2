// `spaceport init`: a Space to start from.

#include <fmt/format.h>

#include <boost/json.hpp>
#include <fstream>
#include <iostream>

#include "config/names.hpp"
#include "runtime/cli/options.hpp"
#include "runtime/state/trouble.hpp"

namespace runtime::cli {

namespace fs = std::filesystem;
using state::Kind;
using state::Trouble;

namespace {

struct File {
  const char* name;
  const char* text;
};

constexpr const char* readme = R"(---
title: {}
emoji: 🚀
colorFrom: blue
colorTo: green
sdk: docker
app_port: 7860
# routes:                  # more servers of the same container, each under a path of its own
#   - {{path: /api, port: 8000, strip_prefix: true}}
---

# {}

Start it with `spaceport up`.
)";

constexpr File python_files[] = {{"Dockerfile", R"(FROM python:3.11

# Spaces run as uid 1000.
RUN useradd -m -u 1000 user
USER user
ENV PATH="/home/user/.local/bin:$PATH"
WORKDIR /app

COPY --chown=user requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY --chown=user . .

CMD ["uvicorn", "app:app", "--host", "0.0.0.0", "--port", "7860"]
)"},
                                 {"requirements.txt", "fastapi\nuvicorn[standard]\n"},
                                 {"app.py", R"(from fastapi import FastAPI

app = FastAPI()


@app.get("/")
def greet():
    return {"Hello": "World!"}
)"},
                                 {".dockerignore", ".git\n__pycache__\n*.pyc\n"}};

// Needs no registry where /bin/busybox is static (Debian: busybox-static): `init` copies it beside the Dockerfile.
constexpr File busybox_files[] = {{"Dockerfile", R"(FROM scratch
COPY busybox /bin/busybox
COPY index.html /www/index.html
CMD ["/bin/busybox", "httpd", "-f", "-p", "7860", "-h", "/www"]
)"},
                                  {"index.html", "<!doctype html>\n<title>Space</title>\n<h1>It runs.</h1>\n"}};

using Written = std::vector<std::string>;

void write(Written& written, const fs::path& file, const std::string& text) {
  std::ofstream out(file, std::ios::binary);
  out << text;
  if (!out.flush()) throw Trouble(Kind::unavailable, fmt::format("{} cannot be written", file.string()), {}, file.string());
  written.push_back(file.string());
}

template <std::size_t n>
void write_all(Written& written, const fs::path& folder, const File (&files)[n]) {
  for (const File& file : files) {
    if (!fs::exists(folder / file.name)) write(written, folder / file.name, file.text);
  }
}

void tell(const Common& common, const std::string& folder, const Written& written) {
  if (common.json) {
    boost::json::array files(written.begin(), written.end());
    std::cout << boost::json::serialize(boost::json::object{{"folder", folder}, {"wrote", std::move(files)}}) << '\n';
    return;
  }
  for (const auto& file : written) std::cout << "wrote " << file << '\n';
  std::cout << "next: spaceport up " << folder << '\n';
}

}  // namespace

int init(const Common& common, const std::string& folder, const std::string& space_template) {
  const fs::path at = fs::absolute(folder).lexically_normal();
  if (fs::exists(at / "README.md") || fs::exists(at / "Dockerfile")) {
    throw Trouble(Kind::conflict, fmt::format("{} has a README.md or a Dockerfile already", at.string()),
                  "nothing was written; choose an empty folder", at.string());
  }
  if (space_template == "busybox" && !fs::exists("/bin/busybox")) {
    throw Trouble(Kind::unavailable, "there is no /bin/busybox", "apt-get install busybox-static");
  }
  std::error_code error;
  fs::create_directories(at, error);
  if (error)
    throw Trouble(Kind::bad_input, fmt::format("{} cannot be made: {}", at.string(), error.message()), {}, at.string());
  const std::string name = config::slug_of_folder(at.string());
  Written written;
  write(written, at / "README.md", fmt::format(fmt::runtime(readme), name, name));
  if (space_template == "busybox") {
    write_all(written, at, busybox_files);
    fs::copy_file("/bin/busybox", at / "busybox", fs::copy_options::skip_existing, error);
    if (error) throw Trouble(Kind::unavailable, fmt::format("busybox cannot be copied: {}", error.message()));
  } else {
    write_all(written, at, python_files);
  }
  tell(common, folder, written);
  return 0;
}

}  // namespace runtime::cli
