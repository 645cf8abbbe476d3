// Which framework a project uses, by its files, where the user does not say. Used by make_framework(); looks
// at a few files and folders, starts nothing.
#ifndef ALIBI_COLLECTOR_FRAMEWORK_DETECTION_H_
#define ALIBI_COLLECTOR_FRAMEWORK_DETECTION_H_

#include <string>
#include <string_view>
#include <vector>

#include "collector/framework/disk.h"
#include "collector/framework/framework.h"

namespace alibi::framework {

struct Choice {
  std::string platform, framework;
  std::string because;  // "spec/", "package.json: jest"
};

// All that there may be. A platform's frameworks in alphabetical order.
const std::vector<Choice>& supported();

// Those that the files speak for; the settings' platform, framework and command narrow it. One where the
// command names a tool, or where package.json's test script does.
std::vector<Choice> detect(const Project& project, const Disk& disk);

// The settings where they speak, else what is detected. Errors: kPlanPlatform, kPlanFramework.
Result<Choice> chosen_framework(const Project& project, const Disk& disk);

}  // namespace alibi::framework

#endif  // ALIBI_COLLECTOR_FRAMEWORK_DETECTION_H_
