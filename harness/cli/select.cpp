// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/cli/select.h"

#include "harness/cli/exit_code.h"
#include "harness/cli/version.h"
#include "harness/scenario/suggest.h"
#include "harness/sweeps/sweep.h"

#include <algorithm>
#include <optional>
#include <regex>
#include <string_view>
#include <system_error>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace natstep::harness {
namespace {

namespace fs = std::filesystem;

/// Where the corpus lies, seen from the program: installed in PREFIX/bin, or built somewhere below
/// the source tree.
std::vector<fs::path> corpus_places() {
  std::vector<fs::path> places;
  std::error_code unknown;
  const fs::path program = fs::read_symlink("/proc/self/exe", unknown);
  if (!unknown) {
    places.push_back(program.parent_path().parent_path() / "share/natstep/corpus");
    for (fs::path up = program.parent_path(); up != up.root_path(); up = up.parent_path())
      if (fs::exists(up / "CMakePresets.json", unknown)) places.push_back(up / "corpus");
  }
  places.push_back(fs::path(source_directory()) / "corpus");
  return places;
}

/// The name in the same folder that was probably meant.
std::string neighbour_hint(const fs::path& missing) {
  const fs::path folder = missing.has_parent_path() ? missing.parent_path() : fs::path(".");
  std::error_code unreadable;
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder, unreadable))
    names.push_back(entry.path().filename());
  const std::vector<std::string_view> candidates(names.begin(), names.end());
  const std::string_view meant = nearest(missing.filename().native(), candidates);
  if (meant.empty()) return {};
  return fmt::format(", did you mean `{}`?", (missing.parent_path() / meant).native());
}

fs::path shown(const fs::path& path) {
  std::error_code error;
  const fs::path relative = fs::proximate(path, error);
  const bool below = !error && !relative.empty() && *relative.begin() != "..";
  return path.is_absolute() && below ? relative : path;
}

void add_folder(const fs::path& folder, std::vector<fs::path>& files) {
  std::error_code error;
  const std::size_t before = files.size();
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    const bool hidden = at->path().filename().native().starts_with('.');
    if (hidden && at->is_directory()) at.disable_recursion_pending();
    if (!hidden && at->path().extension() == ".nat" && !at->is_directory())
      files.push_back(at->path());
  }
  if (error) throw UsageError(fmt::format("{}: {}", folder.native(), error.message()));
  if (files.size() == before)
    throw UsageError(fmt::format("{}: no .nat files in this folder", folder.native()));
}

void add_path(const fs::path& path, std::vector<fs::path>& files) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found)
    throw UsageError(
        fmt::format("{}: no such file or folder{}", path.native(), neighbour_hint(path)));
  if (error) throw UsageError(fmt::format("{}: {}", path.native(), error.message()));
  if (fs::is_directory(status)) return add_folder(path, files);
  if (path.extension() != ".nat")
    throw UsageError(
        fmt::format("{}: not a scenario: its name does not end in .nat", path.native()));
  files.push_back(path);
}

void add_sweep(const std::string& path, std::vector<fs::path>& files) {
  const std::vector<std::string> cases = sweep_paths(path);
  if (cases.empty()) {
    std::vector<std::string_view> names;
    for (const Sweep& sweep : sweeps())
      names.push_back(sweep.name);
    throw UsageError(fmt::format("{}: no such sweep; there are {}", path, fmt::join(names, ", ")));
  }
  files.insert(files.end(), cases.begin(), cases.end());
}

void add_scenarios(const std::string& path, std::vector<fs::path>& files) {
  is_sweep_path(path) ? add_sweep(path, files) : add_path(path, files);
}

std::optional<std::regex> compile(const std::string& filter) {
  if (filter.empty()) return std::nullopt;
  try {
    return std::regex(filter, std::regex::ECMAScript | std::regex::optimize);
  } catch (const std::regex_error&) {
    throw UsageError(fmt::format(
        "--filter: `{}` is not a regular expression; `.*` stands for any text", filter));
  }
}

}  // namespace

fs::path find_corpus() {
  const std::vector<fs::path> places = corpus_places();
  std::error_code error;
  for (const fs::path& place : places)
    if (fs::is_directory(place, error)) return place;
  std::vector<std::string> names(places.begin(), places.end());
  throw UsageError(
      fmt::format("no corpus found; looked at {}. Name scenarios on the command line instead",
                  fmt::join(names, ", ")));
}

std::string area_of(const fs::path& file) {
  if (is_sweep_path(file.native())) return file.native().substr(0, file.native().find('/'));
  const fs::path folder = fs::absolute(file).lexically_normal().parent_path();
  std::string below_corpus;
  bool take_next = false;
  for (const fs::path& part : folder) {
    if (take_next) below_corpus = part.native();
    take_next = part == "corpus";
  }
  return below_corpus.empty() ? folder.filename().native() : below_corpus;
}

std::vector<ScenarioFile> select_scenarios(const std::vector<std::string>& paths,
                                           const std::string& filter) {
  const auto wanted = compile(filter);
  std::vector<fs::path> files;
  if (paths.empty()) add_path(find_corpus(), files);
  for (const std::string& path : paths)
    add_scenarios(path, files);

  std::vector<ScenarioFile> selected;
  for (const fs::path& file : files) {
    const bool sweep = is_sweep_path(file.native());
    const std::string path = sweep ? file.native() : shown(file.lexically_normal()).native();
    if (!wanted || std::regex_search(path, *wanted))
      selected.push_back({.path = path, .area = area_of(file)});
  }
  std::ranges::sort(selected, {}, &ScenarioFile::path);
  const auto same = [](const ScenarioFile& l, const ScenarioFile& r) { return l.path == r.path; };
  selected.erase(std::unique(selected.begin(), selected.end(), same), selected.end());
  if (selected.empty())
    throw UsageError(
        fmt::format("--filter {}: matches none of {} scenarios", filter, files.size()));
  return selected;
}

}  // namespace natstep::harness
